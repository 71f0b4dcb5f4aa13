extension Value {
    /// `str(value)`, as it is printed.
    func text(_ meter: Meter) throws(TemplateError) -> Text {
        switch self {
        case .undefined: return Text()
        case .text(let text), .markup(let text): return text
        default:
            var builder = TextBuilder(meter)
            try represent(into: &builder)
            return builder.text
        }
    }

    /// `repr(value)`.
    func represent(into builder: inout TextBuilder) throws(TemplateError) {
        try builder.meter.step()
        switch self {
        case .undefined: try builder.append("Undefined")
        case .none: try builder.append("None")
        case .bool(let value): try builder.append(value ? "True" : "False")
        case .int(let value): try builder.append(String(value))
        case .float(let value): try builder.append(pythonText(of: value))
        case .text(let text): try Self.represent(text, into: &builder)
        case .list(let list): try Self.represent(list.items, "[", "]", into: &builder)
        case .tuple(let list): try Self.represent(list.items, "(", list.items.count == 1 ? ",)" : ")", into: &builder)
        case .view(let kind, let list):
            try Self.represent(list.items, "\(kind.rawValue)([", "])", into: &builder)
        case .mapping(let mapping):
            try builder.append("{")
            for i in mapping.keys.indices {
                if i > 0 { try builder.append(", ") }
                try mapping.keys[i].represent(into: &builder)
                try builder.append(": ")
                try mapping.values[i].represent(into: &builder)
            }
            try builder.append("}")
        case .range(let range):
            let step = range.step == 1 ? "" : ", \(range.step)"
            try builder.append("range(\(range.start), \(range.stop)\(step))")
        case .markup(let text):
            try builder.append("Markup(")
            try Self.represent(text, into: &builder)
            try builder.append(")")
        case .iterator, .namespace, .macro, .function, .method, .loop, .cycler, .joiner:
            throw .unsupported("printing \(typeName)")
        }
    }

    /// `repr(value)`, or `ascii(value)`.
    func representation(isASCII: Bool, _ meter: Meter) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        try represent(into: &builder)
        guard isASCII, !builder.text.isASCII else { return builder.text }
        let text = builder.text
        builder = TextBuilder(meter)
        var offset = 0
        while offset < text.count {
            let (scalar, next) = text.scalar(at: offset)
            if scalar.isASCII {
                try builder.append(text, offset..<next)
            } else {
                try builder.append(Self.escape(scalar), isInput: text.isInput(at: offset))
            }
            offset = next
        }
        return builder.text
    }

    private static func represent(
        _ items: [Value], _ open: String, _ close: String, into builder: inout TextBuilder
    ) throws(TemplateError) {
        try builder.append(open)
        for i in items.indices {
            if i > 0 { try builder.append(", ") }
            try items[i].represent(into: &builder)
        }
        try builder.append(close)
    }

    private static func represent(_ text: Text, into builder: inout TextBuilder) throws(TemplateError) {
        let quote = text.bytes.contains(0x27) && !text.bytes.contains(0x22) ? "\"" : "'"
        try builder.append(quote)
        var offset = 0
        while offset < text.count {
            let (scalar, next) = text.scalar(at: offset)
            let isInput = text.isInput(at: offset)
            switch scalar {
            case "\\": try builder.append("\\\\", isInput: isInput)
            case "\n": try builder.append("\\n", isInput: isInput)
            case "\r": try builder.append("\\r", isInput: isInput)
            case "\t": try builder.append("\\t", isInput: isInput)
            case "'" where quote == "'": try builder.append("\\'", isInput: isInput)
            default:
                if scalar.isPythonPrintable {
                    try builder.append(scalar, isInput: isInput)
                } else {
                    try builder.append(escape(scalar), isInput: isInput)
                }
            }
            offset = next
        }
        try builder.append(quote)
    }

    /// `\x00`, `\u0000` or `\U00000000`.
    static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0..<0x100: "\\x" + hexadecimal(scalar.value, digits: 2)
        case 0..<0x10000: "\\u" + hexadecimal(scalar.value, digits: 4)
        default: "\\U" + hexadecimal(scalar.value, digits: 8)
        }
    }

    static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
