/// A filter: `value | name(arguments)`.
enum Filter: String {
    case abs, batch, capitalize, center, count, d, `default`, dictsort, e, escape, first, float, format, indent, int
    case items, join, last, length, list, lower, map, max, min, reject, rejectattr, replace, reverse, round, safe
    case select, selectattr, slice, sort, string, sum, title, tojson, trim, truncate, unique, upper, wordcount

    static let refused: Set<String> = [
        "attr", "filesizeformat", "forceescape", "groupby", "pprint", "random", "striptags", "urlencode", "urlize",
        "wordwrap", "xmlattr",
    ]

    static func unknown(_ name: String) -> TemplateError {
        if refused.contains(name) { return .unsupported("the filter \(name.quoted)") }
        return TemplateError(.syntax, "there is no filter \(name.quoted): check its spelling")
    }
}

extension Machine {
    mutating func apply(_ filter: Filter, to value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        func bind(_ names: [String], required: Int = 0) throws(TemplateError) -> [Value?] {
            try arguments.bind(names, required: required, for: "the filter '\(filter.rawValue)'")
        }
        switch filter {
        case .capitalize, .lower, .upper, .title, .trim, .center, .wordcount, .string, .replace, .indent, .truncate,
            .format, .tojson, .safe, .escape, .e:
            return try applyText(filter, to: value, arguments, bind)
        case .abs, .int, .float, .round: return try applyNumber(filter, to: value, bind)
        case .map, .select, .reject, .selectattr, .rejectattr:
            filterDepth += 1
            defer { filterDepth -= 1 }
            guard filterDepth <= 8 else { throw .unsupported("so many filters within one another") }
            return try applyEach(filter, to: value, arguments)
        case .default, .d:
            let values = try bind(["default_value", "boolean"])
            guard value.isUndefined || (values[1].isTrue(default: false) && !value.isTrue) else { return value }
            return values[0] ?? .string("")
        default: return try applyList(filter, to: value, bind)
        }
    }

    private typealias Bind = ([String], Int) throws(TemplateError) -> [Value?]

    // MARK: - Each element

    /// The part of an element that `attribute='a.b.0'` names.
    mutating func part(
        _ attribute: Value?, of element: Value, default fallback: Value? = nil
    ) throws(TemplateError) -> Value {
        guard let attribute = attribute.given else { return element }
        guard case .text(let path) = attribute else { return try item(attribute, of: element) }
        try meter.work(path.count)
        var value = element
        for step in path.string.split(separator: ".", omittingEmptySubsequences: false) {
            var key = Value.string(String(step))
            if !step.isEmpty, step.unicodeScalars.allSatisfy({ $0.decimalDigit != nil }) {
                guard let index = Int(step) else { throw Number.overflow("an index") }
                key = .int(index)
            }
            value = try item(key, of: value)
            if value.isUndefined, let fallback = fallback.given { value = fallback }
        }
        return value
    }

    private mutating func applyEach(
        _ filter: Filter, to value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        // Python looks at the arguments when it comes to an element.
        guard value.isTrue else { return .iterator(try OnceIterator([], meter)) }
        try value.requireIterable()
        let items = try value.elements(meter)
        var results: [Value] = []
        if filter == .map {
            if arguments.positional.isEmpty, let attribute = arguments["attribute"] {
                let values = try Arguments(names: arguments.names, named: arguments.named)
                    .bind(["attribute", "default"], for: "the filter 'map'")
                for item in items { results.append(try part(attribute, of: item, default: values[1])) }
            } else {
                guard let name = arguments.positional.first else {
                    throw TemplateError(.value, "the filter 'map' needs an attribute or a filter's name")
                }
                let word = try name.expectText("a filter's name").string
                guard let inner = Filter(rawValue: word) else { throw Filter.unknown(word) }
                var rest = arguments
                rest.positional.removeFirst()
                for item in items { results.append(try apply(inner, to: item, rest)) }
            }
        } else {
            let hasAttribute = filter == .selectattr || filter == .rejectattr
            let wanted = filter == .select || filter == .selectattr
            let skipped = hasAttribute ? 1 : 0
            guard arguments.positional.count >= skipped else {
                throw TemplateError(.value, "the filter '\(filter.rawValue)' needs an attribute's name")
            }
            var rest = arguments
            rest.positional.removeFirst(min(skipped + 1, rest.positional.count))
            var test: ValueTest?
            if arguments.positional.count > skipped {
                let word = try arguments.positional[skipped].expectText("a test's name").string
                guard let found = ValueTest(rawValue: word) else { throw ValueTest.unknown(word) }
                test = found
            }
            for item in items {
                try meter.step()
                let tested = hasAttribute ? try part(arguments.positional[0], of: item) : item
                let holds = if let test { try holds(test, tested, rest) } else { tested.isTrue }
                if holds == wanted { results.append(item) }
            }
        }
        return .iterator(try OnceIterator(results, meter))
    }

    // MARK: - Text

    private func applyText(
        _ filter: Filter, to value: Value, _ arguments: Arguments, _ bind: Bind
    ) throws(TemplateError) -> Value {
        if case .markup = value, filter != .safe, filter != .string { throw .unsupported("a filter after 'escape'") }
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
        case .indent: return .text(try indent(value, bind(["width", "first", "blank"], 0)))
        case .truncate: return .text(try truncate(value, bind(["length", "killwords", "end", "leeway"], 0)))
        case .format:
            guard arguments.names.isEmpty else { throw .unsupported("'format' with names") }
            let list = try List(arguments.positional, meter)
            return .text(try value.text(meter).formatted(.tuple(list), meter))
        case .trim:
            let values = try bind(["chars"], 0)
            let characters = try values[0].given?.expectText("the argument of 'trim'")
            return .text(try value.text(meter).trimmed(characters, meter))
        case .center:
            let width = try bind(["width"], 0)[0].integer("the width of 'center'", default: 80)
            return .text(try value.text(meter).padded(to: width, .center, Text(" "), meter))
        default: break
        }
        _ = try bind([], 0)
        let text = try value.text(meter)
        switch filter {
        case .capitalize: return .text(try text.changed(.capitalize, meter))
        case .lower: return .text(try text.changed(.lower, meter))
        case .upper: return .text(try text.changed(.upper, meter))
        case .title: return .text(try text.titledWords(meter))
        case .wordcount: return .int(try text.wordCount(meter))
        case .safe: return .markup(text)
        case .escape, .e: return .markup(try text.escapedForHTML(meter))
        default:
            if case .markup = value { return value }
            return .text(text)
        }
    }

    private func json(_ value: Value, _ options: [Value?]) throws(TemplateError) -> Text {
        var writer = JSONWriter(meter)
        writer.escapesNonASCII = options[0].isTrue(default: false)
        writer.sortsKeys = options[3].isTrue(default: false)
        if let indent = options[1].given {
            writer.itemSeparator = Text(",")
            if case .text(let text) = indent {
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
        if case .text(let given) = options[0] {
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
        let end = try options[2]?.expectText("the end of 'truncate'") ?? Text("...")
        let leeway = try options[3].given.integer("the leeway of 'truncate'", default: 5)
        guard length >= end.length, leeway >= 0 else {
            throw TemplateError(.value, "'truncate' needs a length above that of its end")
        }
        try meter.work(text.count)
        let count = text.length
        guard count > length, count - length > leeway else { return text }
        var kept = try text.elements(Progression(0, length - end.length, 1), meter)
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
            let belongs = scalar == "_" || scalar.isPythonAlpha || scalar.properties.numericType != nil
            if belongs, !isInWord { words += 1 }
            isInWord = belongs
        }
        return words
    }

    fileprivate func escapedForHTML(_ meter: Meter) throws(TemplateError) -> Text {
        var text = self
        for (character, entity) in [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ("\"", "&#34;")] {
            text = try text.replacing(Text(character), Text(entity), limit: -1, meter)
        }
        return text
    }
}
