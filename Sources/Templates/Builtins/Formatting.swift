extension Text {
    /// `"..." % value`.
    ///
    /// - Parameter escaping: what is put in is escaped for HTML.
    func formatted(_ value: Value, escaping: Bool = false, _ meter: Meter) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        var used = 0
        let values: [Value] = if case .tuple(let list) = value { list.items } else { [value] }
        var offset = 0
        while offset < count {
            guard let percent = bytes[offset...].firstIndex(of: 0x25) else { break }
            try builder.append(self, offset..<percent)
            let start = used
            let spec = try FormatSpec(self, from: percent + 1) { () throws(TemplateError) in
                // `*`: a width or precision among the values.
                guard used < values.count else {
                    throw TemplateError(.value, "a format needs more values than it is given")
                }
                used += 1
                return try values[used - 1].expectInteger("'*' in a format")
            }
            guard spec.key == nil || used == start else {
                throw TemplateError(.value, "'*' in a format does not go with '%(...)'")
            }
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
            try spec.append(argument, escaping: escaping, to: &builder)
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
}

/// A conversion of a `%` format: `%[(key)][flags][width][.precision]letter`.
private struct FormatSpec {
    var key: Range<Int>?
    private var number = NumberFormat()
    private var isLeft = false
    private var fillsZeros = false
    private var width = 0
    private var precision: Int?
    let conversion: UInt8
    /// Where it ends.
    let end: Int

    /// - Parameter star: the next value, for a width or precision `*`.
    init(_ text: Text, from start: Int, star: () throws(TemplateError) -> Int) throws(TemplateError) {
        var offset = start
        func byte() -> UInt8? { offset < text.count ? text.bytes[offset] : nil }
        func count() throws(TemplateError) -> Int {
            if byte() == 0x2A {
                offset += 1
                return try star()
            }
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
            case 0x2B: number.plus = "+"
            case 0x20: if number.plus.isEmpty { number.plus = " " }
            case 0x23: number.isAlternate = true
            default: break flags
            }
            offset += 1
        }
        width = try count()
        if width < 0 {
            isLeft = true
            guard width > -(1 << 30) else { throw TemplateError(.value, "a width in a format is too large") }
            width = -width
        }
        if byte() == 0x2E {
            offset += 1
            precision = max(0, try count())
        }
        // Lengths that C's formats have; they mean nothing.
        if let letter = byte(), [0x68, 0x6C, 0x4C].contains(letter) { offset += 1 }
        guard let letter = byte() else { throw TemplateError(.value, "a format ends within a conversion") }
        conversion = letter
        end = offset + 1
    }

    func append(_ value: Value, escaping: Bool, to builder: inout TextBuilder) throws(TemplateError) {
        let meter = builder.meter
        let letter = Unicode.Scalar(conversion)
        switch letter {
        case "s": try pad(cut(escaping ? value.escaped(meter) : value.text(meter), meter), to: &builder)
        case "r", "a":
            var text = try value.representation(isASCII: letter == "a", meter)
            if escaping { text = try text.escapedForHTML(meter) }
            try pad(cut(text, meter), to: &builder)
        case "c":
            guard let text = try character(value, meter) else {
                throw TemplateError(.type, "'%c' in a format needs a character or its number")
            }
            try pad(text, to: &builder)
        case "d", "i", "u", "x", "X", "o":
            var parts = try integer(value, letter)
            if let precision {
                let missing = precision - parts.digits.utf8.count
                try meter.allocate(max(0, missing))
                parts.digits = String(repeating: "0", count: max(0, missing)) + parts.digits
            }
            try pad(parts, to: &builder)
        case "f", "F", "e", "E", "g", "G":
            try value.requireDefined()
            guard let found = Number(value) else { throw TemplateError(.type, "'%f' in a format needs a number") }
            try pad(number.float(found.double, letter, precision: precision, meter), to: &builder)
        default: throw TemplateError(.value, "there is no conversion '%\(letter)' in a format")
        }
    }

    /// A code point by its number, or a string of one.
    private func character(_ value: Value, _ meter: Meter) throws(TemplateError) -> Text? {
        if let text = value.text { return text.length == 1 ? text : nil }
        return value.integer.flatMap { UInt32(exactly: $0) }.flatMap { Unicode.Scalar($0) }.map { Text($0) }
    }

    /// An integer, or for decimals a float without its fraction.
    private func integer(_ value: Value, _ letter: Unicode.Scalar) throws(TemplateError) -> NumberFormat.Parts {
        try value.requireDefined()
        if let whole = value.integer { return number.integer(whole, letter) }
        guard "diu".unicodeScalars.contains(letter), case .float(let float) = value, float.isFinite else {
            throw TemplateError(.type, "'%\(letter)' in a format needs a number")
        }
        let whole = float.rounded(.towardZero)
        let digits = Decimal(whole.magnitude).rounded(places: 0)
        return NumberFormat.Parts(sign: whole < 0 ? "-" : number.plus, digits: digits)
    }

    private func cut(_ text: Text, _ meter: Meter) throws(TemplateError) -> Text {
        guard let precision, precision < text.length else { return text }
        return try text.elements(Progression(0, precision, 1), meter)
    }

    private func pad(_ parts: NumberFormat.Parts, to builder: inout TextBuilder) throws(TemplateError) {
        guard fillsZeros, !isLeft else { return try pad(Text(parts.text), to: &builder) }
        try builder.append(parts.sign + parts.prefix)
        try builder.append(Text("0"), times: width - parts.text.utf8.count)
        try builder.append(parts.digits + parts.rest)
    }

    private func pad(_ text: Text, to builder: inout TextBuilder) throws(TemplateError) {
        let missing = width - text.length
        if !isLeft { try builder.append(Text(" "), times: missing) }
        try builder.append(text)
        if isLeft { try builder.append(Text(" "), times: missing) }
    }
}
