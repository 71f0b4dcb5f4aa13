extension Machine {
    /// `"...".format(...)`, as the sandbox of Jinja does it: fields `{name.attribute[key]!conversion:specification}`.
    ///
    /// - Parameter escaping: what is put in is escaped for HTML.
    mutating func format(_ text: Text, _ arguments: Arguments, escaping: Bool) throws(TemplateError) -> Text {
        var numbering = Numbering()
        return try expand(text, arguments, escaping, depth: 2, &numbering)
    }

    /// Whether fields are numbered by themselves or by their names.
    private struct Numbering {
        var next = 0
        var isGiven = false
    }

    private mutating func expand(
        _ text: Text, _ arguments: Arguments, _ escaping: Bool, depth: Int, _ numbering: inout Numbering
    ) throws(TemplateError) -> Text {
        guard depth >= 0 else { throw TemplateError(.value, "a format has too many fields within one another") }
        var builder = TextBuilder(meter)
        var offset = 0
        while let brace = text.bytes[offset...].firstIndex(where: { $0 == 0x7B || $0 == 0x7D }) {
            try builder.append(text, offset..<brace)
            if brace + 1 < text.count, text.bytes[brace + 1] == text.bytes[brace] {
                try builder.append(text, brace..<brace + 1)
                offset = brace + 2
                continue
            }
            guard text.bytes[brace] == 0x7B else {
                throw TemplateError(.value, "a format has a single '}': write it twice")
            }
            let field = try FormatField(text, from: brace + 1)
            offset = field.end
            let value = try value(of: field.name, arguments, &numbering)
            let specification = try expand(
                text.slice(field.specification, meter), arguments, escaping, depth: depth - 1, &numbering)
            try append(value, field.conversion, specification, escaping, to: &builder)
        }
        if offset < text.count { try builder.append(text, offset..<text.count) }
        return builder.text
    }

    private func append(
        _ value: Value, _ conversion: UInt8?, _ specification: Text, _ escaping: Bool, to builder: inout TextBuilder
    ) throws(TemplateError) {
        var value = value
        switch conversion {
        case nil: break
        case 0x73: value = .text(try value.text(meter))
        case 0x72: value = .text(try value.representation(isASCII: false, meter))
        case 0x61: value = .text(try value.representation(isASCII: true, meter))
        default: throw TemplateError(.value, "a format's conversion is '!s', '!r' or '!a'")
        }
        if escaping, value.isMarkup, !specification.isEmpty {
            throw TemplateError(.value, "an escaped string takes no format")
        }
        guard escaping else {
            if specification.isEmpty { return try builder.append(value.text(meter)) }
            return try FieldSpec(specification).append(value, to: &builder)
        }
        if specification.isEmpty { return try builder.append(value.escaped(meter)) }
        var part = TextBuilder(meter)
        try FieldSpec(specification).append(value, to: &part)
        try builder.append(part.text.escapedForHTML(meter))
    }

    /// The value that a field names: an argument, and what is within it.
    private mutating func value(
        of name: String, _ arguments: Arguments, _ numbering: inout Numbering
    ) throws(TemplateError) -> Value {
        var rest = name.unicodeScalars[...]
        func take(until ends: String.UnicodeScalarView) -> String {
            let part = rest.prefix { !ends.contains($0) }
            rest = rest[part.endIndex...]
            return String(part)
        }
        var first = take(until: ".[".unicodeScalars)
        if name.isEmpty {
            guard !numbering.isGiven else { throw TemplateError(.value, "format() cannot mix '{}' with '{0}'") }
            first = String(numbering.next)
            numbering.next += 1
        } else if Self.isNumber(name) {
            guard numbering.next == 0 else { throw TemplateError(.value, "format() cannot mix '{}' with '{0}'") }
            numbering.isGiven = true
        }
        var found = arguments[first]
        if Self.isNumber(first) {
            let index = Int(first) ?? .max
            found = index < arguments.positional.count ? arguments.positional[index] : nil
        }
        guard var value = found else {
            throw TemplateError(.value, "format() lacks a value for \("{\(name)}".quoted)")
        }
        while let mark = rest.popFirst() {
            if mark == "." {
                value = try attribute(take(until: ".[".unicodeScalars), of: value)
                continue
            }
            let key = take(until: "]".unicodeScalars)
            guard mark == "[", rest.popFirst() == "]", !key.isEmpty,
                rest.isEmpty || rest.first == "." || rest.first == "["
            else { throw TemplateError(.value, "the field \("{\(name)}".quoted) of format() is not valid") }
            value = try item(Self.isNumber(key) ? .int(Int(key) ?? .max) : .string(key), of: value)
        }
        return value
    }

    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// A field of a format, without its opening brace.
private struct FormatField {
    let name: String
    private(set) var conversion: UInt8?
    private(set) var specification = 0..<0
    /// Behind its closing brace.
    private(set) var end: Int

    init(_ text: Text, from start: Int) throws(TemplateError) {
        let unclosed = TemplateError(.value, "a field of format() is not closed: add '}', or write '{' twice")
        var offset = start
        func next() throws(TemplateError) -> UInt8 {
            guard offset < text.count else { throw unclosed }
            offset += 1
            return text.bytes[offset - 1]
        }
        var mark = try next()
        // In brackets all but ']' is part of a key.
        while mark != 0x7D, mark != 0x3A, mark != 0x21 {
            guard mark != 0x7B else { throw TemplateError(.value, "a field's name in format() has no '{'") }
            if mark == 0x5B { while try next() != 0x5D {} }
            mark = try next()
        }
        name = String(decoding: text.bytes[start..<offset - 1], as: UTF8.self)
        if mark == 0x21 {
            conversion = try next()
            mark = try next()
            guard mark == 0x7D || mark == 0x3A else {
                throw TemplateError(.value, "a format's conversion is one letter, then ':' or '}'")
            }
        }
        end = offset
        guard mark == 0x3A else { return }
        var open = 1
        while open > 0 {
            switch try next() {
            case 0x7B: open += 1
            case 0x7D: open -= 1
            default: break
            }
        }
        specification = end..<offset - 1
        end = offset
    }
}
