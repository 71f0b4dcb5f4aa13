internal import JSON

/// Mistral's calls, after `[TOOL_CALLS]`: an array of JSON objects, or `name[ARGS]{...}`, maybe with `[CALL_ID]id`.
enum MistralCalls {
    static func parse(_ text: String) -> [ToolCall]? {
        if let calls = JSONCalls.parse(text) { return calls }
        var scanner = CallScanner(text)
        var calls: [ToolCall] = []
        scanner.skipSpace()
        while !scanner.isAtEnd {
            _ = scanner.take("[TOOL_CALLS]")
            guard let name = scanner.name() else { return nil }
            var id: String?
            if scanner.take("[CALL_ID]") { id = scanner.name() }
            _ = scanner.take("[ARGS]")
            guard let value = scanner.json(), value.members != nil else { return nil }
            calls.append(ToolCall(name: name, members: value, id: id))
            scanner.skipSpace()
        }
        return calls.isEmpty ? nil : calls
    }
}

/// DeepSeek's calls, within `<｜tool▁calls▁begin｜>`. The type `function`, the name and a fence of JSON for V3 and R1; name and
/// JSON alone since V3.1.
enum DeepSeekCalls {
    static func parse(_ text: String) -> [ToolCall]? {
        var scanner = CallScanner(text)
        var calls: [ToolCall] = []
        scanner.skipSpace()
        while scanner.take("<｜tool▁call▁begin｜>") {
            guard let head = scanner.text(until: "<｜tool▁sep｜>"), let call = call(head.trimmed, &scanner) else {
                return nil
            }
            calls.append(call)
            scanner.skipSpace()
            guard scanner.take("<｜tool▁call▁end｜>") || scanner.isAtEnd else { return nil }
            scanner.skipSpace()
        }
        return scanner.isAtEnd && !calls.isEmpty ? calls : nil
    }

    private static func call(_ head: String, _ scanner: inout CallScanner) -> ToolCall? {
        var after = scanner
        if let value = after.json() {
            guard value.members != nil, !head.isEmpty else { return nil }
            scanner = after
            return ToolCall(name: head, members: value, id: nil)
        }
        guard let name = scanner.text(until: "```json")?.trimmed, !name.isEmpty, !name.contains("\n"),
            let value = scanner.json(), value.members != nil
        else { return nil }
        scanner.skipSpace()
        _ = scanner.take("```")
        return ToolCall(name: name, members: value, id: nil)
    }
}

/// Kimi's calls, within `<|tool_calls_section_begin|>`: an identifier of namespace, name and number, then JSON.
enum KimiCalls {
    static func parse(_ text: String) -> [ToolCall]? {
        var scanner = CallScanner(text)
        var calls: [ToolCall] = []
        scanner.skipSpace()
        while scanner.take("<|tool_call_begin|>") {
            guard let id = scanner.text(until: "<|tool_call_argument_begin|>")?.trimmed,
                let value = scanner.json(), value.members != nil
            else { return nil }
            // "functions.name:0"
            let start = id.hasPrefix("functions.") ? id.dropFirst(10) : id[...]
            let name = start.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? ""
            guard !name.isEmpty else { return nil }
            calls.append(ToolCall(name: name, members: value, id: id))
            scanner.skipSpace()
            guard scanner.take("<|tool_call_end|>") || scanner.isAtEnd else { return nil }
            scanner.skipSpace()
        }
        return scanner.isAtEnd && !calls.isEmpty ? calls : nil
    }
}
