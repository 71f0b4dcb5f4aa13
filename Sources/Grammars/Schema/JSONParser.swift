/// Reads JSON (RFC 8259), strictly. The core has no Foundation, whose decoder would also lose the members' order.
package struct JSONParser {
    private let bytes: [UInt8]
    private var place = 0
    private var depth = 0

    /// Arrays and objects within each other.
    private static let depthLimit = 128

    package static func parse(_ text: String) throws(GrammarError) -> JSONValue {
        var parser = JSONParser(bytes: Array(text.utf8))
        let value = try parser.parseValue()
        parser.skipSpace()
        guard parser.place == parser.bytes.count else { throw parser.error("more than one value") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func parseValue() throws(GrammarError) -> JSONValue {
        skipSpace()
        guard let next = peek else { throw error("the text ends where a value should be") }
        switch next {
        case UInt8(ascii: "{"): return try nested { parser throws(GrammarError) in try parser.parseObject() }
        case UInt8(ascii: "["): return try nested { parser throws(GrammarError) in try parser.parseArray() }
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try parseNumber())
        default:
            for (word, value) in [("null", JSONValue.null), ("true", .bool(true)), ("false", .bool(false))]
            where take(word) {
                return value
            }
            throw error("no value begins so")
        }
    }

    private mutating func nested(
        _ parse: (inout JSONParser) throws(GrammarError) -> JSONValue
    ) throws(GrammarError) -> JSONValue {
        depth += 1
        guard depth <= Self.depthLimit else { throw error("more than \(Self.depthLimit) levels of nesting") }
        place += 1
        let value = try parse(&self)
        depth -= 1
        return value
    }

    /// After `{`.
    private mutating func parseObject() throws(GrammarError) -> JSONValue {
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
    private mutating func parseArray() throws(GrammarError) -> JSONValue {
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

    private mutating func parseNumber() throws(GrammarError) -> String {
        let start = place
        _ = take("-")
        if !take("0") { try takeDigits() }
        if take(".") { try takeDigits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try takeDigits()
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func takeDigits() throws(GrammarError) {
        let start = place
        while let next = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) { place += 1 }
        guard place > start else { throw error("expected a digit") }
    }

    private mutating func parseString() throws(GrammarError) -> String {
        place += 1
        var result: [UInt8] = []
        while let next = peek {
            place += 1
            switch next {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result += Array(String(try parseEscape()).utf8)
            case 0..<0x20: throw error("a control character within a string")
            default: result.append(next)
            }
        }
        throw error("a string without its end")
    }

    /// After the backslash.
    private mutating func parseEscape() throws(GrammarError) -> Unicode.Scalar {
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

    private mutating func parseFourDigits() throws(GrammarError) -> UInt32 {
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

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard bytes.count - place >= wanted.count, bytes[place..<place + wanted.count].elementsEqual(wanted) else {
            return false
        }
        place += wanted.count
        return true
    }

    private func error(_ problem: String) -> GrammarError { .json(offset: place, problem: problem) }
}
