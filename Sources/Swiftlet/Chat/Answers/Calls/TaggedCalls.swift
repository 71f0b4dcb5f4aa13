internal import JSON

/// Calls between `<tool_call>` and `</tool_call>`: three kinds.
enum TaggedCalls {
    static func parse(_ text: String, _ tools: ToolList) -> [ToolCall]? {
        var scanner = CallScanner(text)
        scanner.skipSpace()
        switch scanner.next {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return JSONCalls.parse(text)
        case UInt8(ascii: "<"): return functions(&scanner, tools)
        default: return keysAndValues(&scanner, tools).map { [$0] }
        }
    }

    /// Qwen3-Coder's, Qwen3.5's: `<function=name><parameter=key>value</parameter></function>`, line breaks between them.
    static func functions(_ scanner: inout CallScanner, _ tools: ToolList) -> [ToolCall]? {
        var calls: [ToolCall] = []
        while scanner.take("<function=") {
            guard let name = scanner.text(until: ">")?.trimmed, !name.isEmpty else { return nil }
            var members: [JSONValue.Member] = []
            scanner.skipSpace()
            while scanner.take("<parameter=") {
                guard let key = scanner.text(until: ">")?.trimmed, !key.isEmpty,
                    let value = parameter(&scanner)
                else { return nil }
                members.append(.init(key, tools.value(of: value, for: key, of: name)))
                scanner.skipSpace()
            }
            guard scanner.take("</function>") || scanner.isAtEnd else { return nil }
            calls.append(ToolCall(name: name, members: .object(members), id: nil))
            scanner.skipSpace()
        }
        return scanner.isAtEnd && !calls.isEmpty ? calls : nil
    }

    /// A value without the line breaks around it. Its end is the one that a parameter or the function's end follows, as the
    /// value may have the mark in it.
    private static func parameter(_ scanner: inout CallScanner) -> String? {
        var value = ""
        while let piece = scanner.text(until: "</parameter>") {
            value += piece
            var after = scanner
            after.skipSpace()
            if after.isAtEnd || after.take("<parameter=") || after.take("</function>") {
                if value.hasPrefix("\n") { value.removeFirst() }
                if value.hasSuffix("\n") { value.removeLast() }
                return value
            }
            value += "</parameter>"
        }
        return nil
    }

    /// GLM-4.5's: `name`, then `<arg_key>key</arg_key><arg_value>value</arg_value>`, line breaks between them.
    private static func keysAndValues(_ scanner: inout CallScanner, _ tools: ToolList) -> ToolCall? {
        guard let name = scanner.name() else { return nil }
        var members: [JSONValue.Member] = []
        scanner.skipSpace()
        while scanner.take("<arg_key>") {
            guard let key = scanner.text(until: "</arg_key>")?.trimmed, !key.isEmpty else { return nil }
            scanner.skipSpace()
            guard scanner.take("<arg_value>"), let value = scanner.text(until: "</arg_value>") else { return nil }
            members.append(.init(key, tools.value(of: value, for: key, of: name)))
            scanner.skipSpace()
        }
        return scanner.isAtEnd ? ToolCall(name: name, members: .object(members), id: nil) : nil
    }
}

/// Calls as `<invoke name="..."><parameter name="...">value</parameter></invoke>`, MiniMax's and DeepSeek 3.2's.
enum InvokeCalls {
    /// - Parameter prefix: what the names of tags begin with.
    static func parse(_ text: String, prefix: String, _ tools: ToolList) -> [ToolCall]? {
        var scanner = CallScanner(text)
        var calls: [ToolCall] = []
        scanner.skipSpace()
        while scanner.take("<\(prefix)invoke name=\"") {
            guard let name = scanner.text(until: "\""), !name.isEmpty, scanner.text(until: ">") != nil else {
                return nil
            }
            var members: [JSONValue.Member] = []
            scanner.skipSpace()
            while scanner.take("<\(prefix)parameter name=\"") {
                guard let key = scanner.text(until: "\""), let attributes = scanner.text(until: ">"),
                    let value = scanner.text(until: "</\(prefix)parameter>")
                else { return nil }
                if attributes.includes("string=\"true\"") {
                    members.append(.init(key, .string(value)))
                } else {
                    members.append(.init(key, tools.value(of: value.trimmed, for: key, of: name)))
                }
                scanner.skipSpace()
            }
            guard scanner.take("</\(prefix)invoke>") else { return nil }
            calls.append(ToolCall(name: name, members: .object(members), id: nil))
            scanner.skipSpace()
        }
        return scanner.isAtEnd && !calls.isEmpty ? calls : nil
    }
}
