/// Python's format specification: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
struct FieldSpec {
    private enum Alignment: String {
        case left = "<"
        case right = ">"
        case center = "^"
        /// Between the sign and the digits.
        case inside = "="
    }

    private var fill: Unicode.Scalar = " "
    private var alignment: Alignment?
    private var number = NumberFormat()
    private var sign: Unicode.Scalar?
    private var avoidsMinusZero = false
    private var fillsZeros = false
    private var width = 0
    private var separator: Unicode.Scalar?
    private var precision: Int?
    private var type: Unicode.Scalar?

    init(_ text: Text) throws(TemplateError) {
        var rest = text.scalars[...]
        func alignment(_ scalar: Unicode.Scalar?) -> Alignment? { scalar.flatMap { Alignment(rawValue: String($0)) } }
        func skip(_ scalar: Unicode.Scalar) -> Bool {
            guard rest.first == scalar else { return false }
            rest.removeFirst()
            return true
        }
        func count() throws(TemplateError) -> Int? {
            var value: Int?
            while let digit = rest.first?.decimalDigit {
                value = (value ?? 0) * 10 + digit
                guard value ?? 0 < 1 << 31 else { throw TemplateError(.value, "a number in a format is too large") }
                rest.removeFirst()
            }
            return value
        }
        var hasFill = false
        if let found = alignment(rest.dropFirst().first), let first = rest.first {
            (fill, self.alignment, hasFill) = (first, found, true)
            rest = rest.dropFirst(2)
        } else if let found = alignment(rest.first) {
            self.alignment = found
            rest.removeFirst()
        }
        if let first = rest.first, "+- ".unicodeScalars.contains(first) {
            sign = first
            if first != "-" { number.plus = String(first) }
            rest.removeFirst()
        }
        avoidsMinusZero = skip("z")
        number.isAlternate = skip("#")
        if !hasFill, skip("0") {
            fill = "0"
            fillsZeros = true
        }
        width = try count() ?? 0
        if let first = rest.first, first == "," || first == "_" {
            separator = first
            rest.removeFirst()
        }
        if skip(".") {
            guard let count = try count() else { throw TemplateError(.value, "a format lacks its precision after '.'") }
            precision = count
        }
        type = rest.popFirst()
        guard rest.isEmpty else { throw TemplateError(.value, "the format \(text.quoted) is not valid") }
    }

    /// `format(value, spec)` with a specification that is not empty.
    func append(_ value: Value, to builder: inout TextBuilder) throws(TemplateError) {
        if let text = value.text { return try append(text, to: &builder) }
        switch value {
        case .int, .bool: try append(value.integer ?? 0, to: &builder)
        case .float(let float): try append(float, to: &builder)
        default:
            try value.requireDefined()
            throw TemplateError(.type, "\(value.typeName) has no formats: write '{}', or '{!s:...}' for its text")
        }
    }

    private func refuse(_ what: String) -> TemplateError {
        TemplateError(.value, "a format of \(what) is not possible")
    }

    private func append(_ text: Text, to builder: inout TextBuilder) throws(TemplateError) {
        guard type == nil || type == "s", sign == nil, !avoidsMinusZero, !number.isAlternate, separator == nil,
            alignment != .inside
        else { throw refuse("a string with a number's options") }
        var text = text
        if let precision, precision < text.length {
            text = try text.elements(Progression(0, precision, 1), builder.meter)
        }
        try pad(text, alignment ?? .left, to: &builder)
    }

    private func append(_ value: Int, to builder: inout TextBuilder) throws(TemplateError) {
        switch type {
        case nil, "d", "n", "b", "o", "x", "X":
            guard precision == nil, !avoidsMinusZero else { throw refuse("an integer with a precision") }
            let isDecimal = type == nil || type == "d"
            guard separator == nil || isDecimal || (separator == "_" && type != "n") else {
                throw refuse("such a number with '\(separator.map(String.init) ?? "")'")
            }
            try append(number.integer(value, type ?? "d"), group: isDecimal ? 3 : 4, to: &builder)
        case "c":
            guard precision == nil, sign == nil, !number.isAlternate, separator == nil,
                let scalar = UInt32(exactly: value).flatMap({ Unicode.Scalar($0) })
            else { throw refuse("a character with a number's options") }
            try pad(Text(scalar), alignment ?? (fillsZeros ? .inside : .right), to: &builder)
        case "e", "E", "f", "F", "g", "G", "%":
            try append(Double(value), to: &builder)
        default: throw refuse("an integer as '\(type.map(String.init) ?? "")'")
        }
    }

    private func append(_ value: Double, to builder: inout TextBuilder) throws(TemplateError) {
        var parts: NumberFormat.Parts
        switch type {
        case nil, "e", "E", "f", "F", "g", "G":
            parts = try number.float(value, type, precision: precision, builder.meter)
        case "n":
            guard separator == nil else { throw refuse("'n' with a separator") }
            parts = try number.float(value, "g", precision: precision, builder.meter)
        case "%":
            parts = try number.float(value * 100, "f", precision: precision, builder.meter)
            parts.rest += "%"
        default: throw refuse("a float as '\(type.map(String.init) ?? "")'")
        }
        if avoidsMinusZero, parts.sign == "-",
            !(parts.digits + parts.rest.prefix { $0 != "e" && $0 != "E" }).contains(where: { ("1"..."9").contains($0) })
        {
            parts.sign = number.plus
        }
        try append(parts, group: 3, to: &builder)
    }

    /// A number with its separators and padding.
    private func append(
        _ parts: NumberFormat.Parts, group: Int, to builder: inout TextBuilder
    ) throws(TemplateError) {
        let alignment = alignment ?? (fillsZeros ? .inside : .right)
        let outside = parts.sign.utf8.count + parts.prefix.utf8.count + parts.rest.utf8.count
        var digits = TextBuilder(builder.meter)
        if let separator, parts.digits.utf8.allSatisfy({ $0 != 0x69 && $0 != 0x6E && $0 != 0x49 && $0 != 0x4E }) {
            // Zeros that fill are grouped as well.
            let space = alignment == .inside && fill == "0" ? width - outside : 0
            var count = parts.digits.utf8.count
            while count + (count - 1) / group < space {
                try builder.meter.step()
                count += 1
            }
            let zeros = count - parts.digits.utf8.count
            for place in 0..<count {
                if place > 0, (count - place) % group == 0 { try digits.append(separator) }
                if place < zeros { try digits.append("0") }
                if place == zeros {
                    for digit in parts.digits.unicodeScalars.enumerated() {
                        let left = count - place - digit.offset
                        if digit.offset > 0, left % group == 0 { try digits.append(separator) }
                        try digits.append(digit.element)
                    }
                    break
                }
            }
        } else {
            try digits.append(parts.digits)
        }
        guard alignment == .inside else {
            var text = TextBuilder(builder.meter)
            try text.append(parts.sign + parts.prefix)
            try text.append(digits.text)
            try text.append(parts.rest)
            return try pad(text.text, alignment, to: &builder)
        }
        try builder.append(parts.sign + parts.prefix)
        try builder.append(Text(fill), times: width - outside - digits.text.count)
        try builder.append(digits.text)
        try builder.append(parts.rest)
    }

    private func pad(_ text: Text, _ alignment: Alignment, to builder: inout TextBuilder) throws(TemplateError) {
        let missing = max(0, width - text.length)
        let before =
            switch alignment {
            case .left: 0
            case .center: missing / 2
            case .right, .inside: missing
            }
        try builder.append(Text(fill), times: before)
        try builder.append(text)
        try builder.append(Text(fill), times: missing - before)
    }
}
