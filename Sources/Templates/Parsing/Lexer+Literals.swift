extension Lexer {
    // MARK: - Numbers

    /// The end of digits with single underscores between them, as `\d+(_\d+)*`; `offset` if there are none.
    private func endOfDigits(from offset: Int, radix: Int = 10) -> Int {
        var offset = offset
        var last = offset
        while offset < end {
            if Self.value(of: source[offset], radix: radix) != nil {
                offset += 1
                last = offset
            } else if source[offset] == "_", offset > 0, offset == last, last > 0, source[offset - 1] != "_" {
                offset += 1
            } else {
                break
            }
        }
        return last
    }

    private static func value(of scalar: Unicode.Scalar, radix: Int) -> Int? {
        let value: Int
        switch scalar {
        case "0"..."9": value = Int(scalar.value) - 0x30
        case "a"..."f": value = Int(scalar.value) - 0x61 + 10
        case "A"..."F": value = Int(scalar.value) - 0x41 + 10
        default: return nil
        }
        return value < radix ? value : nil
    }

    mutating func number() throws(TemplateError) -> Bool {
        guard ("0"..."9").contains(peek()) else { return false }
        if let end = endOfFloat() {
            let text = String(String.UnicodeScalarView(source[position..<end].filter { $0 != "_" }))
            guard let value = Double(text) else { throw fail("\(text.quoted) is no number") }
            tokens.append(Token(kind: .float(value), line: line))
            position = end
            return true
        }
        var radix = 10
        var start = position
        if peek() == "0" {
            switch peek(1) {
            case "b", "B": radix = 2
            case "o", "O": radix = 8
            case "x", "X": radix = 16
            default: break
            }
            if radix != 10 {
                let digits = peek(2) == "_" ? position + 3 : position + 2
                if digits < end, Self.value(of: source[digits], radix: radix) != nil {
                    start = digits
                } else {
                    radix = 10
                }
            }
        }
        var last = endOfDigits(from: start, radix: radix)
        // A decimal number that begins with 0 is nothing but zeros.
        if radix == 10, peek() == "0" {
            let zeros = source[start..<last].prefix { $0 == "0" || $0 == "_" }
            last = zeros.last == "_" ? zeros.endIndex - 1 : zeros.endIndex
        }
        var value = 0
        for scalar in source[start..<last] {
            guard let digit = Self.value(of: scalar, radix: radix) else { continue }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: radix)
            let (sum, overflow) = product.addingReportingOverflow(digit)
            guard !tooLarge, !overflow else {
                throw TemplateError(.overflow, "a number does not fit 64 bits: use a smaller one", line: line)
            }
            value = sum
        }
        tokens.append(Token(kind: .integer(value), line: line))
        position = last
        return true
    }

    /// The end of a number with a fraction or an exponent. None begins after a dot: `list.0.1` has two indices.
    private func endOfFloat() -> Int? {
        if position > 0, source[position - 1] == "." { return nil }
        var offset = endOfDigits(from: position)
        var isFloat = false
        if offset < end, source[offset] == ".", endOfDigits(from: offset + 1) > offset + 1 {
            offset = endOfDigits(from: offset + 1)
            isFloat = true
        }
        if offset < end, source[offset] == "e" || source[offset] == "E" {
            var digits = offset + 1
            if digits < end, source[digits] == "+" || source[digits] == "-" { digits += 1 }
            let last = endOfDigits(from: digits)
            if last > digits { return last }
        }
        return isFloat ? offset : nil
    }

    // MARK: - Strings

    mutating func string() throws(TemplateError) -> Bool {
        let quote = peek()
        guard quote == "'" || quote == "\"" else { return false }
        let first = line
        var text = String.UnicodeScalarView()
        var offset = position + 1
        while offset < end, source[offset] != quote {
            if source[offset] == "\\", offset + 1 < end {
                offset = try escape(at: offset + 1, into: &text)
            } else {
                text.append(source[offset])
                offset += 1
            }
        }
        guard offset < end else { throw fail("a string is not closed: add \(String(quote))") }
        advance(to: offset + 1)
        tokens.append(Token(kind: .string, text: String(text), line: first))
        return true
    }

    /// The escape sequence after a backslash; returns the offset after it.
    private func escape(at offset: Int, into text: inout String.UnicodeScalarView) throws(TemplateError) -> Int {
        switch source[offset] {
        case "\n": break
        case "\\", "'", "\"": text.append(source[offset])
        case "a": text.append("\u{7}")
        case "b": text.append("\u{8}")
        case "f": text.append("\u{C}")
        case "n": text.append("\n")
        case "r": text.append("\r")
        case "t": text.append("\t")
        case "v": text.append("\u{B}")
        case "x": return try codePoint(at: offset + 1, digits: 2, into: &text)
        case "u": return try codePoint(at: offset + 1, digits: 4, into: &text)
        case "U": return try codePoint(at: offset + 1, digits: 8, into: &text)
        case "N": throw TemplateError(.unsupported, "'\\N{...}' is not supported: use '\\u....'", line: line)
        case "0"..."7":
            var value: UInt32 = 0
            var last = offset
            while last < offset + 3, last < end, let digit = Self.value(of: source[last], radix: 8) {
                value = value * 8 + UInt32(digit)
                last += 1
            }
            text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
            return last
        case let other:
            text.append("\\")
            // Python reads a code point beyond ASCII as its escape, whose backslash the one before it takes.
            if other.isASCII {
                text.append(other)
            } else {
                text.append(contentsOf: Value.escape(other).dropFirst().unicodeScalars)
            }
        }
        return offset + 1
    }

    private func codePoint(
        at offset: Int, digits: Int, into text: inout String.UnicodeScalarView
    ) throws(TemplateError) -> Int {
        guard offset + digits <= end else { throw fail("an escape in a string needs \(digits) digits") }
        var value: UInt32 = 0
        for scalar in source[offset..<offset + digits] {
            guard let digit = Self.value(of: scalar, radix: 16) else {
                throw fail("an escape in a string needs \(digits) digits")
            }
            value = value << 4 | UInt32(digit)
        }
        guard let scalar = Unicode.Scalar(value) else { throw fail("an escape in a string names no character") }
        text.append(scalar)
        return offset + digits
    }
}
