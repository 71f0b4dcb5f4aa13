/// Filters for addresses and pages.
extension Machine {
    /// `urlencode`: a string, or the pairs of a query.
    func urlEncoded(_ value: Value) throws(TemplateError) -> Text {
        switch value {
        case .undefined: return Text()
        case .text(let text), .markup(let text): return try text.percentEncoded(isQuery: false, meter)
        case .mapping(let mapping):
            return try query(mapping.items(meter))
        case .list, .tuple, .view, .iterator, .range: return try query(value.elements(meter))
        default: return try value.text(meter).percentEncoded(isQuery: false, meter)
        }
    }

    private func query(_ pairs: [Value]) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        for (index, pair) in pairs.enumerated() {
            let parts = try pair.elements(meter)
            guard parts.count == 2 else {
                throw TemplateError(.value, "'urlencode' takes a string, a dictionary, or pairs")
            }
            if index > 0 { try builder.append("&") }
            try builder.append(parts[0].text(meter).percentEncoded(isQuery: true, meter))
            try builder.append("=")
            try builder.append(parts[1].text(meter).percentEncoded(isQuery: true, meter))
        }
        return builder.text
    }

    /// `xmlattr`: the pairs of a dictionary as attributes, but those without a value.
    func xmlAttributes(_ value: Value, _ startsWithSpace: Bool) throws(TemplateError) -> Text {
        guard case .mapping(let mapping) = value else {
            throw TemplateError(.type, "the filter 'xmlattr' needs a dictionary, not \(value.typeName)")
        }
        var builder = TextBuilder(meter)
        for index in mapping.keys.indices {
            switch mapping.values[index] {
            case .none, .undefined: continue
            default: break
            }
            let key = try mapping.keys[index].expectText("the name of an attribute")
            let isForbidden = key.string.unicodeScalars.contains {
                isPythonSpace($0) || "/>=".unicodeScalars.contains($0)
            }
            guard !isForbidden else {
                throw TemplateError(.value, "an attribute's name must have no space, '/', '>' or '='")
            }
            if startsWithSpace || !builder.text.isEmpty { try builder.append(" ") }
            try builder.append(mapping.keys[index].escaped(meter))
            try builder.append("=\"")
            try builder.append(mapping.values[index].escaped(meter))
            try builder.append("\"")
        }
        return builder.text
    }
}

extension Text {
    /// Bytes that are no letter, digit or one of `_.-~` as `%XX`; of a query `/` too, and a space as `+`.
    fileprivate func percentEncoded(isQuery: Bool, _ meter: Meter) throws(TemplateError) -> Text {
        var builder = TextBuilder(meter)
        let digits = Array("0123456789ABCDEF".utf8)
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D, 0x7E:
                try builder.append(self, offset..<offset + 1)
            case 0x2F where !isQuery: try builder.append(self, offset..<offset + 1)
            case 0x20 where isQuery: try builder.append("+", isInput: isInput(at: offset))
            default:
                let escape = [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                try builder.append(String(decoding: escape, as: UTF8.self), isInput: isInput(at: offset))
            }
        }
        return builder.text
    }
}
