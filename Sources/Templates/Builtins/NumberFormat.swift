/// How numbers are written by `%` and by `format`: the parts of one, without padding.
struct NumberFormat {
    /// The sign of a number that is not negative: nothing, `+` or a space.
    var plus = ""
    /// `#`: prefixes of integers, and a point in every float.
    var isAlternate = false

    /// A number: sign, prefix (`0x`), digits before the point, and the rest.
    struct Parts {
        var sign = ""
        var prefix = ""
        var digits = ""
        var rest = ""
        var text: String { sign + prefix + digits + rest }
    }

    /// An integer as `d b o x X` write it; other letters count as `d`.
    func integer(_ value: Int, _ letter: Unicode.Scalar) -> Parts {
        var parts = Parts(sign: value < 0 ? "-" : plus)
        let radix =
            switch letter {
            case "b": 2
            case "o": 8
            case "x", "X": 16
            default: 10
            }
        parts.digits = String(value.magnitude, radix: radix, uppercase: letter == "X")
        if isAlternate, radix != 10 { parts.prefix = "0\(letter)" }
        return parts
    }

    /// A float as `f F e E g G` write it; nil: as Python prints it, or with a precision like `g` with a point at least.
    ///
    /// - Parameter precision: nil: 6, or for no letter as many digits as needed.
    func float(
        _ value: Double, _ letter: Unicode.Scalar?, precision: Int?, _ meter: Meter
    ) throws(TemplateError) -> Parts {
        var parts = Parts(sign: value.sign == .minus && !value.isNaN ? "-" : plus)
        let isUpper = letter.map { "FEG".unicodeScalars.contains($0) } ?? false
        guard value.isFinite else {
            let word = value.isNaN ? "nan" : "inf"
            parts.digits = isUpper ? word.uppercased() : word
            return parts
        }
        // Of the largest float 309 digits stand before the point, of the smallest 1074 after it.
        let places = precision ?? 6
        try meter.allocate(min(places, 1 << 40) + 2048, each: 4)
        let magnitude = Decimal(value.magnitude)
        switch letter {
        case "f", "F": split(magnitude.rounded(places: places), into: &parts)
        case "e", "E": exponential(magnitude.significant(places + 1), letter, into: &parts)
        case nil where precision == nil:
            let text = pythonText(of: value.magnitude)
            if let mark = text.firstIndex(of: "e") {
                split(String(text[..<mark]), into: &parts)
                parts.rest += text[mark...]
            } else {
                split(text, into: &parts)
            }
        default:
            let count = max(1, places)
            let (digits, exponent) = magnitude.significant(count)
            let limit = letter == nil ? count - 1 : count
            let mark: Unicode.Scalar = letter == "G" ? "E" : "e"
            if exponent < -4 || exponent >= limit {
                exponential((isAlternate ? digits : Self.trimmed(digits), exponent), mark, into: &parts)
            } else {
                var text = magnitude.rounded(places: count - 1 - exponent)
                if !isAlternate, text.utf8.contains(0x2E) {
                    while text.utf8.last == 0x30 { text.removeLast() }
                    if text.utf8.last == 0x2E { text.removeLast() }
                }
                split(text, into: &parts)
                if letter == nil, parts.rest.isEmpty { parts.rest = ".0" }
            }
        }
        if isAlternate, !parts.rest.utf8.contains(0x2E) { parts.rest = "." + parts.rest }
        return parts
    }

    private func split(_ text: String, into parts: inout Parts) {
        let point = text.firstIndex(of: ".") ?? text.endIndex
        parts.digits = String(text[..<point])
        parts.rest = String(text[point...])
    }

    private static func trimmed(_ digits: [UInt8]) -> [UInt8] {
        Array(digits[...(digits.lastIndex { $0 != 0 } ?? 0)])
    }

    private func exponential(
        _ number: (digits: [UInt8], exponent: Int), _ letter: Unicode.Scalar?, into parts: inout Parts
    ) {
        parts.digits = Decimal.text(number.digits.prefix(1))
        if number.digits.count > 1 { parts.rest = "." + Decimal.text(number.digits.dropFirst()) }
        let size = abs(number.exponent)
        if isAlternate, parts.rest.isEmpty { parts.rest = "." }
        parts.rest += "\(letter == "E" ? "E" : "e")\(number.exponent < 0 ? "-" : "+")\(size < 10 ? "0" : "")\(size)"
    }
}
