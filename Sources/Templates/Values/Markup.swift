/// Text that is escaped for HTML, as MarkupSafe's class `Markup` keeps it: what joins it is escaped first.
extension Value {
    /// `escape(value)`.
    func escaped(_ meter: Meter) throws(TemplateError) -> Text {
        if case .markup(let text) = self { return text }
        return try text(meter).escapedForHTML(meter)
    }

    /// A string that a method of markup gave, as markup; also within a list.
    func asMarkup(_ meter: Meter) throws(TemplateError) -> Value {
        func wrapped(_ list: List) throws(TemplateError) -> List {
            var items: [Value] = []
            for item in list.items { items.append(item.text.map { .markup($0) } ?? item) }
            return try List(items, meter)
        }
        switch self {
        case .text(let text): return .markup(text)
        case .list(let list): return .list(try wrapped(list))
        case .tuple(let list): return .tuple(try wrapped(list))
        default: return self
        }
    }
}

extension Text {
    func escapedForHTML(_ meter: Meter) throws(TemplateError) -> Text {
        var text = self
        for (character, entity) in [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ("\"", "&#34;")] {
            text = try text.replacing(Text(character), Text(entity), limit: -1, meter)
        }
        return text
    }

    /// Without comments and tags, white space as single spaces.
    func withoutTags(_ meter: Meter) throws(TemplateError) -> Text {
        var text = self
        for (open, close) in [("<!--", "-->"), ("<", ">")] {
            var builder = TextBuilder(meter)
            var copied = 0
            while let start = try text.range(of: Text(open), from: copied, meter),
                let end = try text.range(of: Text(close), from: start.lowerBound, meter)
            {
                try builder.append(text, copied..<start.lowerBound)
                copied = end.upperBound
            }
            try builder.append(text, copied..<text.count)
            text = builder.text
        }
        var builder = TextBuilder(meter)
        for (index, word) in try text.split(nil, limit: -1, fromEnd: false, meter).enumerated() {
            if index > 0 { try builder.append(" ") }
            try builder.append(word.text(meter))
        }
        return builder.text
    }

    /// With entities as what they stand for: numbers, and the names that `escape` and most pages use.
    func unescapedFromHTML(_ meter: Meter) throws(TemplateError) -> Text {
        let names: [String: Unicode.Scalar] = [
            "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}",
        ]
        var builder = TextBuilder(meter)
        var offset = 0
        try meter.work(count)
        while let start = bytes[offset...].firstIndex(of: 0x26) {
            try builder.append(self, offset..<start)
            // No entity that is known has more letters than this.
            let window = bytes[start + 1..<min(count, start + 12)]
            guard let end = window.firstIndex(of: 0x3B) else {
                let next = window.first ?? 0x20
                guard next == 0x20 || next == 0x0A || next == 0x26 || next == 0x3D else {
                    throw .unsupported("an HTML entity without ';'")
                }
                try builder.append(self, start..<start + 1)
                offset = start + 1
                continue
            }
            let name = String(decoding: bytes[start + 1..<end], as: UTF8.self)
            guard let scalar = names[name] ?? Self.numbered(name) else {
                throw .unsupported("the HTML entity \("&\(name);".quoted)")
            }
            try builder.append(scalar, isInput: isInput(at: start))
            offset = end + 1
        }
        try builder.append(self, offset..<count)
        return builder.text
    }

    /// `#65` or `#x41`, for what is neither a control nor outside of Unicode.
    private static func numbered(_ name: String) -> Unicode.Scalar? {
        guard name.first == "#" else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let value = UInt32(isHexadecimal ? digits.dropFirst() : digits, radix: isHexadecimal ? 16 : 10)
        guard let value, value >= 0x20, !(0x7F...0x9F).contains(value) else { return nil }
        return Unicode.Scalar(value)
    }
}
