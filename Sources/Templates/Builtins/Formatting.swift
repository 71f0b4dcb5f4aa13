extension Text {
    /// `"..." % value`, with the conversions `%s %r %d %i %u %x %X %o %f %F %%`.
    func formatted(_ value: Value, _ meter: Meter) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        var used = 0
        let values: [Value] = if case .tuple(let list) = value { list.items } else { [value] }
        var offset = 0
        while offset < count {
            guard let percent = bytes[offset...].firstIndex(of: 0x25) else { break }
            try builder.append(self, offset..<percent)
            let spec = try FormatSpec(self, from: percent + 1)
            offset = spec.end
            if spec.conversion == 0x25 {
                try builder.append("%", isInput: isInput(at: percent))
                continue
            }
            let argument: Value
            if let key = spec.key {
                guard case .mapping(let mapping) = value else {
                    throw TemplateError(.type, "'%(...)' in a format needs a dictionary")
                }
                guard let found = mapping[HashKey.text(Array(bytes[key]))] else {
                    throw TemplateError(.value, "a format names a key that is not there")
                }
                argument = found
                used = values.count
            } else {
                guard used < values.count else {
                    throw TemplateError(.value, "a format needs more values than it is given")
                }
                argument = values[used]
                used += 1
            }
            try spec.append(argument, to: &builder)
        }
        if offset < count { try builder.append(self, offset..<count) }
        // Whatever has elements by key or index may be left unused, but for tuples and strings.
        let isMapping =
            switch value {
            case .mapping, .list, .range: true
            default: false
            }
        guard used >= values.count || isMapping else {
            throw TemplateError(.type, "a format does not use all of its values")
        }
        return builder.text
    }

    /// `"...".format(...)`, with the fields `{}`, `{0}` and `{name}`.
    func formatted(_ arguments: Arguments, _ meter: Meter) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        var automatic = 0
        var isNumbered = false
        var offset = 0
        while offset < count {
            guard let brace = bytes[offset...].firstIndex(where: { $0 == 0x7B || $0 == 0x7D }) else { break }
            try builder.append(self, offset..<brace)
            if brace + 1 < count, bytes[brace + 1] == bytes[brace] {
                try builder.append(self, brace..<brace + 1)
                offset = brace + 2
                continue
            }
            guard bytes[brace] == 0x7B, let close = bytes[brace...].firstIndex(of: 0x7D) else {
                throw TemplateError(.value, "format() finds a single brace: write it twice")
            }
            let field = String(decoding: bytes[brace + 1..<close], as: UTF8.self)
            offset = close + 1
            guard !field.utf8.contains(where: { "!:.[{".utf8.contains($0) }) else {
                throw .unsupported("the field \("{\(field)}".quoted) of format()")
            }
            var value = arguments[field]
            if field.isEmpty || Int(field) != nil {
                let index = Int(field) ?? automatic
                guard field.isEmpty ? !isNumbered : automatic == 0 else {
                    throw TemplateError(.value, "format() cannot mix '{}' with '{0}'")
                }
                if field.isEmpty { automatic += 1 } else { isNumbered = true }
                value = arguments.positional.indices.contains(index) ? arguments.positional[index] : nil
            }
            guard let value else { throw TemplateError(.value, "format() lacks a value for '{\(field.prefix(80))}'") }
            try builder.append(value.text(meter))
        }
        if offset < count { try builder.append(self, offset..<count) }
        return builder.text
    }
}

/// A conversion of a `%` format: `%[(key)][flags][width][.precision]letter`.
private struct FormatSpec {
    var key: Range<Int>?
    private var isLeft = false
    private var fillsZeros = false
    private var plus = ""
    private var isAlternate = false
    private var width = 0
    private var precision: Int?
    let conversion: UInt8
    /// Where it ends.
    let end: Int

    init(_ text: Text, from start: Int) throws(TemplateError) {
        var offset = start
        func byte() -> UInt8? { offset < text.count ? text.bytes[offset] : nil }
        func number() throws(TemplateError) -> Int {
            var value = 0
            while let digit = byte(), (0x30...0x39).contains(digit) {
                value = value * 10 + Int(digit - 0x30)
                guard value < 1 << 30 else { throw TemplateError(.value, "a width in a format is too large") }
                offset += 1
            }
            return value
        }
        if byte() == 0x28 {
            guard let close = text.bytes[offset...].firstIndex(of: 0x29) else {
                throw TemplateError(.value, "a key in a format is not closed: add ')'")
            }
            key = offset + 1..<close
            offset = close + 1
        }
        flags: while let flag = byte() {
            switch flag {
            case 0x2D: isLeft = true
            case 0x30: fillsZeros = true
            case 0x2B: plus = "+"
            case 0x20: if plus.isEmpty { plus = " " }
            case 0x23: isAlternate = true
            default: break flags
            }
            offset += 1
        }
        width = try number()
        if byte() == 0x2E {
            offset += 1
            precision = try number()
        }
        guard let letter = byte() else { throw TemplateError(.value, "a format ends within a conversion") }
        conversion = letter
        end = offset + 1
    }

    func append(_ value: Value, to builder: inout TextBuilder) throws(TemplateError) {
        let meter = builder.meter
        switch Unicode.Scalar(conversion) {
        case "s": try pad(cut(value.text(meter), meter), to: &builder)
        case "r":
            var text = TextBuilder(meter)
            try value.represent(into: &text)
            try pad(cut(text.text, meter), to: &builder)
        case "d", "i", "u":
            guard (precision ?? 0) <= 1000 else { throw .unsupported("such a precision in a format") }
            var number = try integer(value, allowFloat: true)
            if let precision, let digits = number.digits { number.digits = zeros(precision, digits) + digits }
            try pad(number.sign, number.digits ?? "", to: &builder)
        case "x", "X", "o":
            guard precision == nil, !isAlternate else { throw .unsupported("such a conversion in a format") }
            let number = try integer(value, allowFloat: false)
            let magnitude = UInt(number.digits ?? "") ?? 0
            let text = String(magnitude, radix: conversion == 0x6F ? 8 : 16, uppercase: conversion == 0x58)
            try pad(number.sign, text, to: &builder)
        case "f", "F":
            try value.requireDefined()
            guard let number = Number(value) else { throw TemplateError(.type, "'%f' in a format needs a number") }
            guard number.double.isFinite, (precision ?? 6) <= 1000, !isAlternate else {
                throw .unsupported("such a number in a format")
            }
            if case .int(let whole) = number, whole.magnitude > 1 << 53 { throw Number.overflow("'%f'") }
            var text = Decimal(number.double).rounded(places: precision ?? 6)
            let isNegative = text.hasPrefix("-")
            if isNegative { text.removeFirst() }
            try pad(isNegative ? "-" : plus, text, to: &builder)
        default: throw .unsupported("the conversion '%\(Unicode.Scalar(conversion))' in a format")
        }
    }

    private func zeros(_ width: Int, _ digits: String) -> String {
        String(repeating: "0", count: max(0, width - digits.utf8.count))
    }

    private func integer(
        _ value: Value, allowFloat: Bool
    ) throws(TemplateError) -> (sign: String, digits: String?) {
        try value.requireDefined()
        var number = value.integer
        if allowFloat, case .float(let float) = value {
            number = Int(exactly: float.rounded(.towardZero))
            if number == nil { throw Number.overflow("'%d'") }
        }
        guard let number else { throw TemplateError(.type, "'%d' in a format needs a number") }
        return (number < 0 ? "-" : plus, String(number.magnitude))
    }

    private func cut(_ text: Text, _ meter: Meter) throws(TemplateError) -> Text {
        guard let precision, precision < text.length else { return text }
        return try text.elements(Progression(0, precision, 1), meter)
    }

    private func pad(_ sign: String, _ digits: String, to builder: inout TextBuilder) throws(TemplateError) {
        guard fillsZeros, !isLeft else { return try pad(Text(sign + digits), to: &builder) }
        try builder.append(sign)
        try builder.append(Text("0"), times: width - sign.utf8.count - digits.utf8.count)
        try builder.append(digits)
    }

    private func pad(_ text: Text, to builder: inout TextBuilder) throws(TemplateError) {
        let missing = width - text.length
        if !isLeft { try builder.append(Text(" "), times: missing) }
        try builder.append(text)
        if isLeft { try builder.append(Text(" "), times: missing) }
    }
}
