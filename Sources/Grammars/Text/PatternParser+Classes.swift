/// Classes of characters and escapes.
extension PatternParser {
    /// What `.` is not: line feed, carriage return, line and paragraph separator.
    static let lineEnds: [ClosedRange<UInt32>] = [0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029]

    private static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    private static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    /// ECMA-262 WhiteSpace and LineTerminator: also the byte order mark and the category Zs.
    private static let space: [ClosedRange<UInt32>] = [
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ]

    typealias Member = (ranges: [ClosedRange<UInt32>], only: UInt32?)

    /// After `[`.
    mutating func parseClass() throws(GrammarError) -> [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        let negated = take("^")
        while let next = peek, next != "]" {
            let first = try parseMember()
            guard peek == "-", place + 1 < text.count, text[place + 1] != "]" else {
                ranges += first.ranges
                continue
            }
            _ = take("-")
            let last = try parseMember()
            guard let low = first.only, let high = last.only else {
                throw error("a range of a class from or to more than one character")
            }
            guard low <= high else { throw error("an empty range in a class") }
            ranges.append(low...high)
        }
        guard take("]") else { throw error("a class without ']'") }
        return negated ? complement(ranges) : normalized(ranges)
    }

    private mutating func parseMember() throws(GrammarError) -> Member {
        guard let next = takeAny() else { throw error("a class without ']'") }
        return next == "\\" ? try parseEscape(inClass: true) : ([next.value...next.value], next.value)
    }

    /// After the backslash.
    mutating func parseEscape(inClass: Bool) throws(GrammarError) -> Member {
        guard let next = takeAny() else { throw error("a backslash at the end") }
        func only(_ value: UInt32) -> Member { ([value...value], value) }
        switch next {
        case "d": return (Self.digits, nil)
        case "D": return (complement(Self.digits), nil)
        case "w": return (Self.word, nil)
        case "W": return (complement(Self.word), nil)
        case "s": return (Self.space, nil)
        case "S": return (complement(Self.space), nil)
        case "p", "P": return (try parseProperty(negated: next == "P"), nil)
        case "t": return only(0x09)
        case "n": return only(0x0A)
        case "v": return only(0x0B)
        case "f": return only(0x0C)
        case "r": return only(0x0D)
        case "b" where inClass: return only(0x08)
        case "b", "B": throw error("the word boundary '\\\(next)' is not supported")
        case "c":
            guard let letter = takeAny(), letter.isASCII, letter.properties.isAlphabetic else {
                throw error("'\\c' without a letter")
            }
            return only(letter.value % 32)
        case "0":
            if let digit = peek, ("0"..."9").contains(digit) { throw error("an octal escape; write \\xHH") }
            return only(0)
        case "1"..."9", "k": throw error("the back reference '\\\(next)' is not regular")
        case "x":
            guard let value = takeHexadecimal(2) else { throw error("'\\x' without two hexadecimal digits") }
            return only(value)
        case "u": return only(try parseCodePoint())
        case "a"..."z", "A"..."Z": throw error("'\\\(next)' is not an escape of ECMA-262")
        default: return only(next.value)
        }
    }

    /// After `\u`: four digits, two surrogates, or digits in braces.
    private mutating func parseCodePoint() throws(GrammarError) -> UInt32 {
        var value: UInt32?
        if take("{") {
            var digits = 0
            while let digit = takeHexadecimal(1), digits < 16 {
                value = min((value ?? 0) << 4 | digit, 0x110000)
                digits += 1
            }
            if !take("}") { value = nil }
        } else {
            value = takeHexadecimal(4)
            if let high = value, 0xD800...0xDBFF ~= high {
                let start = place
                if take("\\"), take("u"), let low = takeHexadecimal(4), 0xDC00...0xDFFF ~= low {
                    value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    place = start
                }
            }
        }
        guard let value else { throw error("'\\u' without four hexadecimal digits, or digits in braces") }
        guard Unicode.Scalar(value) != nil else { throw error("'\\u' with a number that is no character") }
        return value
    }

    /// After `\p`: `{L}`, `{Letter}`, `{gc=L}`, `{General_Category=Letter}`, or a property of two values.
    private mutating func parseProperty(negated: Bool) throws(GrammarError) -> [ClosedRange<UInt32>] {
        var name = String.UnicodeScalarView()
        guard take("{") else { throw error("'\\p' without a name in braces") }
        while let next = peek, next != "}" {
            name.append(next)
            place += 1
        }
        guard take("}") else { throw error("'\\p' without '}'") }
        guard let ranges = UnicodeProperty.ranges(String(name)) else {
            throw error("the property '\(String(name))' is not supported: use general categories such as \\p{L}")
        }
        return negated ? complement(ranges) : ranges
    }
}
