extension Machine {
    func applyText(
        _ filter: Filter, to value: Value, _ arguments: Arguments,
        _ bind: ([String], Int) throws(TemplateError) -> [Value?]
    ) throws(TemplateError) -> Value {
        /// The result of a string method: escaped if the string is.
        func same(_ text: Text) -> Value { value.isMarkup ? .markup(text) : .text(text) }
        switch filter {
        case .tojson:
            let values = try bind(["ensure_ascii", "indent", "separators", "sort_keys"], 0)
            return .text(try json(value, values))
        case .replace:
            let values = try bind(["old", "new", "count"], 2)
            let old = try values[0]?.text(meter) ?? Text()
            let new = try values[1]?.text(meter) ?? Text()
            let limit = try values[2].given.integer("the count of 'replace'", default: -1)
            return .text(try value.text(meter).replacing(old, new, limit: limit, meter))
        case .indent: return same(try indent(value, bind(["width", "first", "blank"], 0)))
        case .truncate: return same(try truncate(value, bind(["length", "killwords", "end", "leeway"], 0)))
        case .wordwrap:
            return .text(
                try wrap(
                    value, bind(["width", "break_long_words", "wrapstring", "break_on_hyphens"], 0)))
        case .format:
            guard arguments.positional.isEmpty || arguments.names.isEmpty else {
                throw TemplateError(.value, "'format' takes values with names or without, not both")
            }
            var values = Value.tuple(try List(arguments.positional, meter))
            if !arguments.names.isEmpty {
                let builder = MappingBuilder(meter)
                for (name, value) in zip(arguments.names, arguments.named) { try builder.set(.string(name), value) }
                values = .mapping(try builder.finish())
            }
            return same(try value.text(meter).formatted(values, escaping: value.isMarkup, meter))
        case .trim:
            let values = try bind(["chars"], 0)
            let characters = try values[0].given?.expectText("the argument of 'trim'")
            return same(try value.text(meter).trimmed(characters, meter))
        case .center:
            let width = try bind(["width"], 0)[0].integer("the width of 'center'", default: 80)
            return same(try value.text(meter).padded(to: width, .center, Text(" "), meter))
        case .xmlattr: return .text(try xmlAttributes(value, bind(["autospace"], 0)[0].isTrue(default: true)))
        default: break
        }
        _ = try bind([], 0)
        if filter == .urlencode { return .text(try urlEncoded(value)) }
        if filter == .pprint { return .text(try PrettyPrinter.text(of: value, meter)) }
        let text = try value.text(meter)
        switch filter {
        case .capitalize: return same(try text.changed(.capitalize, meter))
        case .lower: return same(try text.changed(.lower, meter))
        case .upper: return same(try text.changed(.upper, meter))
        case .title: return .text(try text.titledWords(meter))
        case .wordcount: return .int(try text.wordCount(meter))
        case .safe: return .markup(text)
        case .escape, .e: return .markup(try value.escaped(meter))
        case .forceescape: return .markup(try text.escapedForHTML(meter))
        case .striptags: return .text(try text.withoutTags(meter).unescapedFromHTML(meter))
        default: return same(text)
        }
    }

    private func json(_ value: Value, _ options: [Value?]) throws(TemplateError) -> Text {
        var writer = JSONWriter(meter)
        writer.escapesNonASCII = options[0].isTrue(default: false)
        writer.sortsKeys = options[3].isTrue(default: false)
        if let indent = options[1].given {
            writer.itemSeparator = Text(",")
            if let text = indent.text {
                writer.indent = text
            } else {
                var builder = TextBuilder(meter)
                try builder.append(Text(" "), times: indent.expectInteger("the indent of 'tojson'"))
                writer.indent = builder.text
            }
        }
        if let separators = options[2].given {
            try separators.requireIterable()
            let parts = try separators.elements(meter)
            guard parts.count == 2 else { throw TemplateError(.value, "'tojson' takes two separators") }
            writer.itemSeparator = try parts[0].expectText("a separator of 'tojson'")
            writer.keySeparator = try parts[1].expectText("a separator of 'tojson'")
        }
        return try writer.text(of: value)
    }

    private func indent(_ value: Value, _ options: [Value?]) throws(TemplateError) -> Text {
        var text = TextBuilder(meter)
        try text.append(value.expectText("what 'indent' indents"))
        // As in Jinja: so that an empty last line counts.
        try text.append("\n")
        var indentation = TextBuilder(meter)
        if let given = options[0]?.text {
            try indentation.append(given)
        } else {
            try indentation.append(Text(" "), times: options[0].integer("the width of 'indent'", default: 4))
        }
        let indentsBlank = options[2].isTrue(default: false)
        var builder = TextBuilder(meter)
        if options[1].isTrue(default: false) { try builder.append(indentation.text) }
        for (i, line) in try text.text.lines(keepEnds: false, meter).enumerated() {
            if i > 0 {
                try builder.append("\n")
                if indentsBlank || !line.isEmpty { try builder.append(indentation.text) }
            }
            try builder.append(line)
        }
        return builder.text
    }

    private func truncate(_ value: Value, _ options: [Value?]) throws(TemplateError) -> Text {
        let text = try value.expectText("what 'truncate' shortens")
        let length = try options[0].integer("the length of 'truncate'", default: 255)
        var end = try options[2]?.expectText("the end of 'truncate'") ?? Text("...")
        let leeway = try options[3].given.integer("the leeway of 'truncate'", default: 5)
        guard length >= end.length, leeway >= 0 else {
            throw TemplateError(.value, "'truncate' needs a length above that of its end")
        }
        try meter.work(text.count)
        let count = text.length
        guard count > length, count - length > leeway else { return text }
        var kept = try text.elements(Progression(0, length - end.length, 1), meter)
        if value.isMarkup, let option = options[2] { end = try option.escaped(meter) }
        if !options[1].isTrue(default: false), let space = try kept.lastRange(of: Text(" "), meter) {
            kept = try kept.slice(0..<space.lowerBound, meter)
        }
        var builder = TextBuilder(meter)
        try builder.append(kept)
        try builder.append(end)
        return builder.text
    }
}

extension Text {
    /// Runs of `\w`.
    fileprivate func wordCount(_ meter: Meter) throws(TemplateError) -> Int {
        try meter.work(count)
        var words = 0
        var isInWord = false
        for scalar in string.unicodeScalars {
            let belongs = isWord(scalar)
            if belongs, !isInWord { words += 1 }
            isInWord = belongs
        }
        return words
    }
}
