internal import JSON

/// Calls of Gemma 4 and FunctionGemma: `call:name{key:value,...}`. Keys have no quotes; strings have a mark on either side, and
/// no escapes.
enum GemmaCalls {
    /// - Parameter quote: the mark around strings.
    static func parse(_ text: String, quote: String) -> [ToolCall]? {
        var scanner = CallScanner(text)
        scanner.skipSpace()
        guard scanner.take("call:"), let name = scanner.name() else { return nil }
        scanner.skipSpace()
        guard scanner.next == UInt8(ascii: "{"), let value = value(&scanner, quote, depth: 0) else { return nil }
        scanner.skipSpace()
        return scanner.isAtEnd ? [ToolCall(name: name, members: value, id: nil)] : nil
    }

    /// Objects and arrays within each other.
    private static let depthLimit = 64

    private static func value(_ scanner: inout CallScanner, _ quote: String, depth: Int) -> JSONValue? {
        guard depth < depthLimit else { return nil }
        scanner.skipSpace()
        if scanner.take(quote) { return scanner.text(until: quote).map { .string($0) } }
        if scanner.take("{") {
            var members: [JSONValue.Member] = []
            scanner.skipSpace()
            while !scanner.take("}") {
                guard let key = key(&scanner, quote), let item = value(&scanner, quote, depth: depth + 1) else {
                    return nil
                }
                members.append(.init(key, item))
                guard separator(&scanner, "}") else { return nil }
            }
            return .object(members)
        }
        if scanner.take("[") {
            var items: [JSONValue] = []
            scanner.skipSpace()
            while !scanner.take("]") {
                guard let item = value(&scanner, quote, depth: depth + 1) else { return nil }
                items.append(item)
                guard separator(&scanner, "]") else { return nil }
            }
            return .array(items)
        }
        return scalar(&scanner)
    }

    private static func key(_ scanner: inout CallScanner, _ quote: String) -> String? {
        scanner.skipSpace()
        if scanner.take(quote) {
            guard let key = scanner.text(until: quote), scanner.take(":") else { return nil }
            return key
        }
        return scanner.text(until: ":")?.trimmed
    }

    /// Takes a comma, or nothing where the end comes next.
    private static func separator(_ scanner: inout CallScanner, _ end: Character) -> Bool {
        scanner.skipSpace()
        defer { scanner.skipSpace() }
        return scanner.take(",") || scanner.next == end.asciiValue
    }

    /// A number, `true`, `false` or `null`; any other word is a string, as models forget the marks.
    private static func scalar(_ scanner: inout CallScanner) -> JSONValue? {
        var bytes: [UInt8] = []
        var after = scanner
        while let next = after.next, ![UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(next) {
            bytes.append(next)
            after.advance()
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmed
        guard !text.isEmpty else { return nil }
        scanner = after
        return (try? JSONParser.parse(text)) ?? .string(text)
    }
}
