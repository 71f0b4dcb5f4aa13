/// Writes values as Python's `json.dumps` does.
struct JSONWriter {
    private var builder: TextBuilder
    var escapesNonASCII = false
    var sortsKeys = false
    /// Indent of a level; nil puts everything on one line.
    var indent: Text?
    var itemSeparator = Text(", ")
    var keySeparator = Text(": ")

    init(_ meter: Meter) { builder = TextBuilder(meter) }

    func text(of value: Value) throws(TemplateError) -> Text {
        var copy = self
        try copy.write(value, level: 0)
        return copy.builder.text
    }

    private mutating func write(_ value: Value, level: Int) throws(TemplateError) {
        try builder.meter.step()
        switch value {
        case .none: try builder.append("null")
        case .bool(let value): try builder.append(value ? "true" : "false")
        case .int(let value): try builder.append(String(value))
        case .float(let value): try builder.append(Self.text(of: value))
        case .text(let text), .markup(let text): try write(text)
        case .list(let list), .tuple(let list):
            guard !list.items.isEmpty else { return try builder.append("[]") }
            try builder.append("[")
            for i in list.items.indices {
                try beginItem(i, level: level + 1)
                try write(list.items[i], level: level + 1)
            }
            try endItems(level: level)
            try builder.append("]")
        case .mapping(let mapping): try write(mapping, level: level)
        default:
            try value.requireDefined()
            throw TemplateError(.type, "\(value.typeName) cannot be written as JSON")
        }
    }

    private mutating func write(_ mapping: Mapping, level: Int) throws(TemplateError) {
        guard mapping.count > 0 else { return try builder.append("{}") }
        try builder.append("{")
        var order = mapping.keys.indices.map { Value.int($0) }
        if sortsKeys { order = try sorted(order, by: mapping.keys, reverse: false, builder.meter) }
        for i in order.indices {
            guard case .int(let place) = order[i] else { continue }
            try beginItem(i, level: level + 1)
            switch mapping.keys[place] {
            case .text(let text), .markup(let text): try write(text)
            case .none: try builder.append("\"null\"")
            case .bool(let value): try builder.append(value ? "\"true\"" : "\"false\"")
            case .int(let value): try builder.append("\"\(value)\"")
            case .float(let value): try builder.append("\"\(Self.text(of: value))\"")
            default: throw TemplateError(.type, "\(mapping.keys[place].typeName) cannot be a key in JSON")
            }
            try builder.append(keySeparator)
            try write(mapping.values[place], level: level + 1)
        }
        try endItems(level: level)
        try builder.append("}")
    }

    private mutating func beginItem(_ index: Int, level: Int) throws(TemplateError) {
        if index > 0 { try builder.append(itemSeparator) }
        try breakLine(level: level)
    }

    private mutating func endItems(level: Int) throws(TemplateError) { try breakLine(level: level) }

    private mutating func breakLine(level: Int) throws(TemplateError) {
        guard let indent else { return }
        try builder.append("\n")
        try builder.append(indent, times: level)
    }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return pythonText(of: value)
    }

    private mutating func write(_ text: Text) throws(TemplateError) {
        try builder.append("\"")
        var copied = 0
        var offset = 0
        while offset < text.count {
            let (scalar, next) = text.scalar(at: offset)
            if let escape = escape(scalar) {
                try builder.append(text, copied..<offset)
                try builder.append(escape, isInput: text.isInput(at: offset))
                copied = next
            }
            offset = next
        }
        try builder.append(text, copied..<text.count)
        try builder.append("\"")
    }

    private func escape(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\u{8}": return "\\b"
        case "\u{C}": return "\\f"
        default: break
        }
        if scalar.value < 0x20 { return "\\u" + Value.hexadecimal(scalar.value, digits: 4) }
        guard escapesNonASCII, scalar.value > 0x7F else { return nil }
        return UTF16.encode(scalar)?.map { "\\u" + Value.hexadecimal(UInt32($0), digits: 4) }.joined()
    }
}
