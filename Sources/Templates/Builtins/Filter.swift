/// A filter: `value | name(arguments)`.
enum Filter: String {
    case abs, attr, batch, capitalize, center, count, d, `default`, dictsort, e, escape, filesizeformat, first, float
    case forceescape, format, groupby, indent, int, items, join, last, length, list, lower, map, max, min, pprint
    case reject, rejectattr, replace, reverse, round, safe, select, selectattr, slice, sort, string, striptags, sum
    case title, tojson, trim, truncate, unique, upper, urlencode, wordcount, wordwrap, xmlattr

    /// Filters that are not deterministic, or that write HTML links.
    static let refused: Set<String> = ["random", "urlize"]

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
            .format, .tojson, .safe, .escape, .e, .forceescape, .striptags, .wordwrap, .urlencode, .xmlattr, .pprint:
            return try applyText(filter, to: value, arguments, bind)
        case .abs, .int, .float, .round, .filesizeformat: return try applyNumber(filter, to: value, bind)
        case .map, .select, .reject, .selectattr, .rejectattr:
            filterDepth += 1
            defer { filterDepth -= 1 }
            guard filterDepth <= 8 else { throw .unsupported("filters nested more than 8 deep") }
            return try applyEach(filter, to: value, arguments)
        case .attr:
            let values = try bind(["name"], required: 1)
            let name = try (values[0] ?? .none).expectText("the argument of 'attr'").string
            // Unlike `value.name`, this finds no key of a dictionary.
            if case .mapping = value, Method(rawValue: name).map(Method.ofMappings.contains) != true {
                return .undefined("\(name.quoted) of a dictionary")
            }
            return try attribute(name, of: value)
        case .default, .d:
            let values = try bind(["default_value", "boolean"])
            guard value.isUndefined || (values[1].isTrue(default: false) && !value.isTrue) else { return value }
            return values[0] ?? .string("")
        default: return try applyList(filter, to: value, bind)
        }
    }

    // MARK: - Each element

    /// The part of an element that `attribute='a.b.0'` names.
    mutating func part(
        _ attribute: Value?, of element: Value, default fallback: Value? = nil
    ) throws(TemplateError) -> Value {
        guard let attribute = attribute.given else { return element }
        guard let path = attribute.text else { return try item(attribute, of: element) }
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
}
