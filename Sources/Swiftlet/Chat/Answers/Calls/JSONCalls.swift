internal import JSON

/// Calls that are JSON objects: `{"name": ..., "arguments": {...}}`.
///
/// Names differ by family: Llama 3 says `parameters`, Command R `tool_name`, OpenAI's form has a `function` around them.
enum JSONCalls {
    /// All calls of a text: an object, an array of objects, or objects with white space, commas or semicolons between them.
    /// Nil unless the whole text is calls.
    static func parse(_ text: String) -> [ToolCall]? {
        var scanner = CallScanner(text)
        var calls: [ToolCall] = []
        while true {
            guard let value = scanner.json() else { return nil }
            for item in value.items ?? [value] {
                guard let call = call(item) else { return nil }
                calls.append(call)
            }
            scanner.skipSpace()
            if scanner.take(";") || scanner.take(",") { scanner.skipSpace() }
            if scanner.isAtEnd { return calls.isEmpty ? nil : calls }
        }
    }

    static func call(_ value: JSONValue) -> ToolCall? {
        let function = value["function"]?.members != nil ? value["function"] ?? value : value
        let name = function["name"] ?? function["tool_name"] ?? function["function"]
        guard let name = name?.string, !name.isEmpty else { return nil }
        guard let members = arguments(function["arguments"] ?? function["parameters"] ?? function["args"]) else {
            return nil
        }
        let id = value["id"] ?? value["call_id"] ?? value["tool_call_id"]
        return ToolCall(name: name, members: members, id: id?.string.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// An object, as JSON or as a string of JSON; nothing counts as an empty one.
    static func arguments(_ value: JSONValue?) -> JSONValue? {
        switch value {
        case nil, .null: .object([])
        case .object: value
        case .string(let text): (try? JSONParser.parse(text)).flatMap { $0.members == nil ? nil : $0 }
        default: nil
        }
    }
}
