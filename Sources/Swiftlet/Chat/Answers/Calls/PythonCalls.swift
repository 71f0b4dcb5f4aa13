internal import JSON

/// Calls as Python writes them, `[name(key=value, ...), ...]`, with literals alone: Llama 3.2 and 4, LFM2, OLMo 3, and the
/// `tool_code` of Gemma 3.
enum PythonCalls {
    /// Calls in brackets with commas, or on lines of their own. Nil unless the whole text is calls.
    static func parse(_ text: String) -> [ToolCall]? {
        var scanner = CallScanner(text)
        scanner.skipSpace()
        let isList = scanner.take("[")
        var calls: [ToolCall] = []
        while true {
            scanner.skipSpace()
            let isPrinted = scanner.take("print(")
            guard let call = call(&scanner) else { return nil }
            calls.append(call)
            scanner.skipSpace()
            if isPrinted { guard scanner.take(")") else { return nil } }
            scanner.skipSpace()
            if isList {
                if scanner.take("]") { break }
                guard scanner.take(",") else { return nil }
            } else {
                if scanner.isAtEnd { break }
                _ = scanner.take(";") || scanner.take(",")
            }
        }
        scanner.skipSpace()
        return scanner.isAtEnd ? calls : nil
    }

    private static func call(_ scanner: inout CallScanner) -> ToolCall? {
        guard let name = scanner.name() else { return nil }
        scanner.skipSpace()
        guard scanner.take("(") else { return nil }
        var members: [JSONValue.Member] = []
        scanner.skipSpace()
        while !scanner.take(")") {
            guard let key = scanner.name() else { return nil }
            scanner.skipSpace()
            guard scanner.take("="), let value = PythonLiteral.parse(&scanner) else { return nil }
            members.append(.init(key, value))
            scanner.skipSpace()
            guard scanner.take(",") || scanner.next == UInt8(ascii: ")") else { return nil }
            scanner.skipSpace()
        }
        return ToolCall(name: name, members: .object(members), id: nil)
    }
}

/// Values as Python writes them: strings, numbers, lists, tuples, dictionaries, `True`, `False` and `None`; JSON's words too.
enum PythonLiteral {
    private static let depthLimit = 64

    static func parse(_ scanner: inout CallScanner, depth: Int = 0) -> JSONValue? {
        guard depth < depthLimit else { return nil }
        scanner.skipSpace()
        switch scanner.next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return string(&scanner).map { .string($0) }
        case UInt8(ascii: "["): return items(&scanner, "[", "]", depth)
        case UInt8(ascii: "("): return items(&scanner, "(", ")", depth)
        case UInt8(ascii: "{"): return members(&scanner, depth)
        default: return word(&scanner)
        }
    }

    private static func word(_ scanner: inout CallScanner) -> JSONValue? {
        let sign = scanner.take("-") ? "-" : scanner.take("+") ? "" : nil
        guard let word = scanner.name() else { return nil }
        if sign == nil {
            switch word {
            case "True", "true": return .bool(true)
            case "False", "false": return .bool(false)
            case "None", "null": return .null
            default: break
            }
        }
        var number = (sign ?? "") + word.filter { $0 != "_" }
        // An exponent's plus is no part of a name.
        if number.last == "e" || number.last == "E", scanner.take("+"), let rest = scanner.name() { number += rest }
        // JSON wants digits on either side of the point.
        if number.hasSuffix(".") { number += "0" }
        if number.hasPrefix(".") { number = "0" + number }
        guard let value = try? JSONParser.parse(number), case .number = value else { return nil }
        return value
    }

    private static func items(_ scanner: inout CallScanner, _ start: String, _ end: String, _ depth: Int) -> JSONValue?
    {
        guard scanner.take(start) else { return nil }
        var items: [JSONValue] = []
        scanner.skipSpace()
        while !scanner.take(end) {
            guard let item = parse(&scanner, depth: depth + 1) else { return nil }
            items.append(item)
            scanner.skipSpace()
            guard scanner.take(",") || scanner.next == end.utf8.first else { return nil }
            scanner.skipSpace()
        }
        return .array(items)
    }

    private static func members(_ scanner: inout CallScanner, _ depth: Int) -> JSONValue? {
        guard scanner.take("{") else { return nil }
        var members: [JSONValue.Member] = []
        scanner.skipSpace()
        while !scanner.take("}") {
            guard let key = string(&scanner) else { return nil }
            scanner.skipSpace()
            guard scanner.take(":"), let value = parse(&scanner, depth: depth + 1) else { return nil }
            members.append(.init(key, value))
            scanner.skipSpace()
            guard scanner.take(",") || scanner.next == UInt8(ascii: "}") else { return nil }
            scanner.skipSpace()
        }
        return .object(members)
    }

    private static func string(_ scanner: inout CallScanner) -> String? {
        let quote = ["\"\"\"", "'''", "\"", "'"].first { scanner.take($0) }
        guard let quote else { return nil }
        var bytes: [UInt8] = []
        while !scanner.take(quote) {
            guard let next = scanner.next else { return nil }
            scanner.advance()
            if next != UInt8(ascii: "\\") {
                bytes.append(next)
                continue
            }
            guard let escaped = escape(&scanner) else { return nil }
            bytes += escaped
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// After the backslash. Python leaves an unknown escape as it is.
    private static func escape(_ scanner: inout CallScanner) -> [UInt8]? {
        guard let next = scanner.next else { return nil }
        scanner.advance()
        switch next {
        case UInt8(ascii: "\n"): return []
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): return [next]
        case UInt8(ascii: "x"): return scalar(&scanner, digits: 2)
        case UInt8(ascii: "u"): return scalar(&scanner, digits: 4)
        case UInt8(ascii: "U"): return scalar(&scanner, digits: 8)
        default: return [UInt8(ascii: "\\"), next]
        }
    }

    private static func scalar(_ scanner: inout CallScanner, digits: Int) -> [UInt8]? {
        var text = ""
        for _ in 0..<digits {
            guard let next = scanner.next else { return nil }
            text.unicodeScalars.append(Unicode.Scalar(next))
            scanner.advance()
        }
        return UInt32(text, radix: 16).flatMap { Unicode.Scalar($0) }.map { Array(String($0).utf8) }
    }
}
