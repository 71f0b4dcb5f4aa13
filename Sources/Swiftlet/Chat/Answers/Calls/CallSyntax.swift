internal import JSON

/// How calls are written between their marks.
enum CallSyntax: Sendable, Hashable {
    /// `<tool_call>`: JSON, or tags for the name and each argument.
    case tagged
    /// JSON objects.
    case json
    /// The rest of an array of JSON objects.
    case openedArray
    case mistral
    case deepSeek
    case kimi
    /// Gemma 4's, with a mark around strings.
    case gemma(quote: String)
    /// Python calls.
    case python
    /// Llama 3's `<|python_tag|>`: JSON, a Python call, or code for an interpreter.
    case pythonTag
    /// `<invoke name="...">`, with a prefix of the tags' names.
    case invoke(prefix: String)

    /// Whether each call has marks of its own.
    func isRepeated(_ style: ChatFormat.Style) -> Bool {
        switch self {
        case .tagged, .gemma: true
        case .mistral: style.hasArguments
        default: false
        }
    }

    /// Nil where the text is not calls as a whole.
    func parse(_ text: String, _ tools: ToolList) -> [ToolCall]? {
        switch self {
        case .tagged: TaggedCalls.parse(text, tools)
        case .json: JSONCalls.parse(text)
        case .openedArray: JSONCalls.parse("[" + text)
        case .mistral: MistralCalls.parse(text)
        case .deepSeek: DeepSeekCalls.parse(text)
        case .kimi: KimiCalls.parse(text)
        case .gemma(let quote): GemmaCalls.parse(text, quote: quote)
        case .python: PythonCalls.parse(text)
        case .pythonTag: Self.parsePythonTag(text, tools)
        case .invoke(let prefix): InvokeCalls.parse(text, prefix: prefix, tools)
        }
    }

    /// Whether a closing mark after these bytes of a call stands within one of its strings.
    func isQuoted(after bytes: ArraySlice<UInt8>) -> Bool {
        switch self {
        case .gemma(let quote): return bytes.count(of: Array(quote.utf8)) % 2 == 1
        case .json, .openedArray, .mistral, .deepSeek, .kimi: return Self.isWithinString(bytes)
        case .tagged:
            let first = bytes.first { $0 != 0x20 && !(0x09...0x0D).contains($0) }
            return (first == UInt8(ascii: "{") || first == UInt8(ascii: "[")) && Self.isWithinString(bytes)
        case .python, .pythonTag, .invoke: return false
        }
    }

    private static func isWithinString(_ bytes: ArraySlice<UInt8>) -> Bool {
        var isQuoted = false
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\"), isQuoted {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            }
        }
        return isQuoted
    }

    /// Names that models and templates give to an interpreter of code.
    private static let interpreters = ["python", "code_interpreter", "ipython"]

    private static func parsePythonTag(_ text: String, _ tools: ToolList) -> [ToolCall]? {
        if let calls = JSONCalls.parse(text) { return calls }
        // "brave_search.call(query=...)" is how Llama 3 calls what it knows from its training.
        if let calls = PythonCalls.parse(text) {
            let named = calls.map { call in
                var call = call
                if call.name.hasSuffix(".call") { call.name.removeLast(5) }
                return call
            }
            if named.allSatisfy({ tools.contains($0.name) }) { return named }
        }
        guard let tool = interpreters.first(where: tools.contains), !text.trimmed.isEmpty else { return nil }
        return [ToolCall(name: tool, members: .object([.init("code", .string(text.trimmed))]), id: nil)]
    }
}

extension ArraySlice<UInt8> {
    fileprivate func count(of pattern: [UInt8]) -> Int {
        var found = 0
        var index = startIndex
        while index < endIndex {
            if self[index...].starts(with: pattern) {
                found += 1
                index += pattern.count
            } else {
                index += 1
            }
        }
        return found
    }
}
