extension Machine {
    func applyNumber(
        _ filter: Filter, to value: Value, _ bind: ([String], Int) throws(TemplateError) -> [Value?]
    ) throws(TemplateError) -> Value {
        try value.requireDefined()
        switch filter {
        case .abs:
            _ = try bind([], 0)
            switch Number(value) {
            case .float(let number): return .float(number.magnitude)
            case .int(let number): return number < 0 ? try Number.subtract(.int(0), .int(number)).value : .int(number)
            case nil: throw TemplateError(.type, "the filter 'abs' needs a number, not \(value.typeName)")
            }
        case .int:
            let values = try bind(["default", "base"], 0)
            let base = try values[1].integer("the base of 'int'", default: 10)
            return try integer(value, base: base) ?? values[0] ?? .int(0)
        case .float:
            let values = try bind(["default"], 0)
            if let number = Number(value) { return .float(number.double) }
            if let text = value.text, let number = try text.float(meter) { return .float(number) }
            return values[0] ?? .float(0)
        case .filesizeformat: return .text(try fileSize(value, isBinary: bind(["binary"], 0)[0].isTrue(default: false)))
        default: return try round(value, bind(["precision", "method"], 0))
        }
    }

    private func integer(_ value: Value, base: Int) throws(TemplateError) -> Value? {
        switch value {
        case .float(let float):
            if float.isNaN { return nil }
            guard let whole = Int(exactly: float.rounded(.towardZero)) else { throw Number.overflow("'int'") }
            return .int(whole)
        case .text(let text), .markup(let text):
            if let number = try text.integer(base: base, meter) { return .int(number) }
            guard let float = try text.float(meter), float.isFinite else { return nil }
            guard let whole = Int(exactly: float.rounded(.towardZero)) else { throw Number.overflow("'int'") }
            return .int(whole)
        default: return Number(value)?.value
        }
    }

    private func round(_ value: Value, _ options: [Value?]) throws(TemplateError) -> Value {
        let precision = try options[0].integer("the precision of 'round'", default: 0)
        let method = try options[1]?.expectText("the method of 'round'").string ?? "common"
        guard ["common", "ceil", "floor"].contains(method) else {
            throw TemplateError(.value, "the method of 'round' is 'common', 'ceil' or 'floor'")
        }
        guard let number = Number(value) else {
            throw TemplateError(.type, "the filter 'round' needs a number, not \(value.typeName)")
        }
        guard (-300...300).contains(precision) else { throw .unsupported("such a precision of 'round'") }
        if method != "common" {
            let factor = try Number.power(.int(10), .int(precision))
            let scaled = try Number.multiply(number, factor).double
            guard let whole = Int(exactly: scaled.rounded(method == "ceil" ? .up : .down)) else {
                throw Number.overflow("'round'")
            }
            return try Number.divide(.int(whole), factor).value
        }
        switch number {
        case .int(let whole):
            if precision >= 0 { return .int(whole) }
            // To the nearest multiple; a tie goes to the even one.
            guard case .int(let unit) = try Number.power(.int(10), .int(-precision)) else { return .int(0) }
            let (quotient, rest) = try Number.divideDown(.int(whole), .int(unit))
            guard case .int(let low) = quotient, case .int(let remainder) = rest else { return value }
            let isUp = remainder > unit - remainder || (remainder == unit - remainder && low % 2 != 0)
            return try Number.multiply(.int(isUp ? low + 1 : low), .int(unit)).value
        case .float(let float):
            guard float.isFinite else { return .float(float) }
            guard let rounded = Double(Decimal(float).rounded(places: precision)), rounded.isFinite else {
                throw Number.overflow("'round'")
            }
            return .float(rounded)
        }
    }
}

extension Machine {
    private func fileSize(_ value: Value, isBinary: Bool) throws(TemplateError) -> Text {
        var number = Number(value)?.double
        if let text = value.text { number = try text.float(meter) }
        guard let bytes = number, bytes.isFinite else {
            throw TemplateError(.type, "'filesizeformat' needs a finite number, not \(value.typeName)")
        }
        let base = isBinary ? 1024.0 : 1000.0
        if bytes == 1 { return Text("1 Byte") }
        if bytes < base {
            guard let whole = Int(exactly: bytes.rounded(.towardZero)) else {
                throw Number.overflow("'filesizeformat'")
            }
            return Text("\(whole) Bytes")
        }
        var unit = base
        var prefix = "kMGTPEZY"[...]
        while bytes >= unit * base, prefix.count > 1 {
            unit *= base
            prefix.removeFirst()
        }
        // As Jinja2 computes it: the unit is one step larger, and is divided by last.
        let size = Decimal(base * bytes / (unit * base)).rounded(places: 1)
        let letter = isBinary ? prefix.prefix(1).uppercased() + "iB" : prefix.prefix(1) + "B"
        return Text("\(size) \(letter)")
    }
}

extension Text {
    /// Digits with single underscores between them; nothing if something else is there.
    private static func digits(_ scalars: some Sequence<Unicode.Scalar>, base: Int = 10) -> String? {
        var digits = ""
        var mayBreak = false
        for scalar in scalars {
            if scalar == "_" {
                guard mayBreak else { return nil }
                mayBreak = false
            } else if let digit = scalar.decimalDigit ?? letterDigit(scalar), digit < base {
                digits += String(digit, radix: 36)
                mayBreak = true
            } else {
                return nil
            }
        }
        return mayBreak ? digits : nil
    }

    /// The value of a letter as a digit: 10 to 35.
    private static func letterDigit(_ scalar: Unicode.Scalar) -> Int? {
        switch scalar {
        case "a"..."z": Int(scalar.value) - 0x61 + 10
        case "A"..."Z": Int(scalar.value) - 0x41 + 10
        default: nil
        }
    }

    /// `int(text, base)`; nothing where that fails.
    fileprivate func integer(base: Int, _ meter: Meter) throws(TemplateError) -> Int? {
        guard base == 0 || (2...36).contains(base) else { return nil }
        var scalars = try trimmed(nil, meter).scalars[...]
        let isNegative = scalars.first == "-"
        if isNegative || scalars.first == "+" { scalars.removeFirst() }
        var base = base
        if scalars.first == "0", let letter = scalars.dropFirst().first {
            let prefixes: [Unicode.Scalar: Int] = ["b": 2, "B": 2, "o": 8, "O": 8, "x": 16, "X": 16]
            if let radix = prefixes[letter], base == 0 || base == radix {
                base = radix
                scalars = scalars.dropFirst(2)
                if scalars.first == "_" { scalars.removeFirst() }
            }
        }
        if base == 0 {
            // A decimal number that begins with 0 is nothing but zeros.
            base = 10
            guard scalars.first != "0" || scalars.allSatisfy({ $0 == "0" || $0 == "_" }) else { return nil }
        }
        guard let digits = Self.digits(scalars, base: base) else { return nil }
        guard let value = Int((isNegative ? "-" : "") + digits, radix: base) else { throw Number.overflow("'int'") }
        return value
    }

    /// `float(text)`.
    fileprivate func float(_ meter: Meter) throws(TemplateError) -> Double? {
        let text = try trimmed(nil, meter)
        var scalars = text.scalars[...]
        let isNegative = scalars.first == "-"
        if isNegative || scalars.first == "+" { scalars.removeFirst() }
        let sign = isNegative ? "-" : ""
        var word = String.UnicodeScalarView()
        word.append(contentsOf: scalars.prefix(16))
        switch String(word).lowercased() {
        case "inf", "infinity": return isNegative ? -.infinity : .infinity
        case "nan": return .nan
        default: break
        }
        var exponent = "0"
        if let place = scalars.firstIndex(where: { $0 == "e" || $0 == "E" }) {
            var part = scalars[(place + 1)...]
            let isSmall = part.first == "-"
            if isSmall || part.first == "+" { part.removeFirst() }
            guard let digits = Self.digits(part) else { return nil }
            exponent = (isSmall ? "-" : "") + digits
            scalars = scalars[..<place]
        }
        var whole = scalars
        var fraction: ArraySlice<Unicode.Scalar> = []
        if let dot = scalars.firstIndex(of: ".") {
            (whole, fraction) = (scalars[..<dot], scalars[(dot + 1)...])
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        guard let before = whole.isEmpty ? "0" : Self.digits(whole),
            let after = fraction.isEmpty ? "0" : Self.digits(fraction)
        else { return nil }
        return Double("\(sign)\(before).\(after)e\(exponent)")
    }
}
