internal import JSON

/// An answer that is calls from its first character to its last, without marks: JSON, as Llama 3 writes it, or Python calls, as
/// Llama 3.2 and 4 do. It may as well be an answer in JSON, so only names of tools that were given count.
enum UnmarkedCalls {
    static func parse(_ bytes: [UInt8], _ tools: ToolList) -> [ToolCall]? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let calls = JSONCalls.parse(text) ?? PythonCalls.parse(text),
            calls.allSatisfy({ tools.contains($0.name) })
        else { return nil }
        return calls
    }

    /// The first members of objects that are calls.
    private static let members = [
        "name", "arguments", "parameters", "function", "type", "id", "tool_name", "tool_call_id", "args",
    ]

    /// Whether more text can make calls of this beginning.
    static func canBegin(_ bytes: [UInt8], _ tools: ToolList) -> Bool {
        var scanner = CallScanner(bytes)
        let isList = scanner.take("[")
        scanner.skipSpace()
        guard let next = scanner.next else { return true }
        if next == UInt8(ascii: "{") {
            scanner.advance()
            scanner.skipSpace()
            return isPrefix(scanner, of: members.map { "\"\($0)\"" })
        }
        return isList && isPrefix(scanner, of: tools.tools.map { $0.name + "(" })
    }

    /// Whether what comes next begins with one of the words, or is the beginning of one.
    private static func isPrefix(_ scanner: CallScanner, of words: [String]) -> Bool {
        let rest = scanner.bytes[scanner.place...]
        return words.contains { rest.starts(with: $0.utf8) || $0.utf8.starts(with: rest) }
    }
}
