/// Reads JSON (RFC 8259), strictly. The core has no Foundation, whose decoder would also lose the members' order.
package struct JSONParser: ~Escapable {
    private let bytes: Span<UInt8>
    private var place = 0
    private var depth = 0
    private let allowsNonFinite: Bool

    /// Arrays and objects within each other.
    private static let depthLimit = 128

    /// - Throws: ``JSONError`` for what is no JSON, is nested too deeply, or is not UTF-8.
    package static func parse(_ text: String) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8).span)
    }

    /// - Parameters:
    ///   - bytes: a text in UTF-8; a byte order mark before it is skipped.
    ///   - allowsNonFinite: also reads `NaN`, `Infinity` and `-Infinity`, which Python writes, as numbers.
    /// - Throws: ``JSONError`` for what is no JSON, is nested too deeply, or is not UTF-8.
    package static func parse(
        _ bytes: Span<UInt8>, allowsNonFinite: Bool = false
    ) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes, allowsNonFinite: allowsNonFinite)
        _ = parser.take("\u{FEFF}")
        let value = try parser.parseValue()
        parser.skipSpace()
        guard parser.place == parser.bytes.count else { throw parser.error("more than one value") }
        return value
    }

    @_lifetime(copy bytes)
    private init(_ bytes: Span<UInt8>, allowsNonFinite: Bool) {
        self.bytes = bytes
        self.allowsNonFinite = allowsNonFinite
    }

    private mutating func parseValue() throws(JSONError) -> JSONValue {
        skipSpace()
        guard let next = peek else { throw error("the text ends where a value should be") }
        switch next {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            depth += 1
            guard depth <= Self.depthLimit else { throw error("more than \(Self.depthLimit) levels of nesting") }
            place += 1
            let value = next == UInt8(ascii: "{") ? try parseObject() : try parseArray()
            depth -= 1
            return value
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try parseNumber())
        default:
            if take("null") { return .null }
            if take("true") { return .bool(true) }
            if take("false") { return .bool(false) }
            if allowsNonFinite, take("NaN") { return .number("NaN") }
            if allowsNonFinite, take("Infinity") { return .number("Infinity") }
            throw error("no value begins so")
        }
    }

    /// After `{`.
    private mutating func parseObject() throws(JSONError) -> JSONValue {
        var members: [JSONValue.Member] = []
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("expected a member's name in quotes") }
            let name = try parseString()
            skipSpace()
            guard take(":") else { throw error("expected ':'") }
            members.append(JSONValue.Member(name, try parseValue()))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("expected ',' or '}'") }
        }
    }

    /// After `[`.
    private mutating func parseArray() throws(JSONError) -> JSONValue {
        var items: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(items) }
        while true {
            items.append(try parseValue())
            skipSpace()
            if take("]") { return .array(items) }
            guard take(",") else { throw error("expected ',' or ']'") }
        }
    }

    private mutating func parseNumber() throws(JSONError) -> String {
        let start = place
        if take("-"), allowsNonFinite, take("Infinity") { return "-Infinity" }
        if !take("0") { try takeDigits() }
        if take(".") { try takeDigits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try takeDigits()
        }
        return try string(start..<place)
    }

    private mutating func takeDigits() throws(JSONError) {
        let start = place
        while let next = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { place += 1 }
        guard place > start else { throw error("expected a digit") }
    }

    private mutating func parseString() throws(JSONError) -> String {
        place += 1
        let start = place
        var plain = start
        var result = ""
        while let next = peek {
            switch next {
            case UInt8(ascii: "\""):
                let end = place
                place += 1
                return result + (try string(plain..<end))
            case UInt8(ascii: "\\"):
                result += try string(plain..<place)
                place += 1
                result.unicodeScalars.append(try parseEscape())
                plain = place
            case 0..<0x20: throw error("a control character within a string")
            default: place += 1
            }
        }
        throw error("a string without its end")
    }

    /// The bytes as they stand in the text. A multi-byte character is never cut: quotes and backslashes are ASCII.
    private func string(_ range: Range<Int>) throws(JSONError) -> String {
        let bytes = bytes.extracting(range)
        guard let text = unsafe bytes.withUnsafeBufferPointer({ unsafe String(validating: $0, as: UTF8.self) }) else {
            throw JSONError(offset: range.lowerBound, problem: "a string that is not UTF-8")
        }
        return text
    }

    /// After the backslash.
    private mutating func parseEscape() throws(JSONError) -> Unicode.Scalar {
        guard let next = peek else { throw error("a string without its end") }
        place += 1
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(next)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var value = try parseFourDigits()
            if (0xD800...0xDBFF).contains(value), take("\\u") {
                let low = try parseFourDigits()
                guard (0xDC00...0xDFFF).contains(low) else { throw error("half of a surrogate pair") }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { throw error("half of a surrogate pair") }
            return scalar
        default: throw error("an unknown escape")
        }
    }

    private mutating func parseFourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let next = peek, let digit = Character(Unicode.Scalar(next)).hexDigitValue else {
                throw error("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        return value
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipSpace() {
        while let next = peek, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { place += 1 }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard bytes.count - place >= text.utf8CodeUnitCount else { return false }
        for index in 0..<text.utf8CodeUnitCount where unsafe bytes[place + index] != text.utf8Start[index] {
            return false
        }
        place += text.utf8CodeUnitCount
        return true
    }

    private func error(_ problem: String) -> JSONError { JSONError(offset: place, problem: problem) }
}
