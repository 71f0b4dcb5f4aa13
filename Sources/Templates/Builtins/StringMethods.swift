extension Machine {
    /// A method of an escaped string: what it puts in is escaped, and strings that it gives are escaped ones.
    mutating func call(
        _ method: Method, ofMarkup text: Text, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        var arguments = arguments
        switch method {
        case .striptags, .unescape:
            _ = try arguments.bind([], for: "\(method.rawValue)()")
            let plain = method == .striptags ? try text.withoutTags(meter) : text
            return .text(try plain.unescapedFromHTML(meter))
        case .format, .formatMap: return .markup(try format(text, method, arguments, escaping: true))
        case .replace, .ljust, .rjust, .center:
            if arguments.positional.count > 1 {
                arguments.positional[1] = .text(try arguments.positional[1].escaped(meter))
            }
        case .join:
            guard arguments.positional.count == 1 else { break }
            try arguments.positional[0].requireIterable()
            var items: [Value] = []
            for item in try arguments.positional[0].elements(meter) { items.append(.text(try item.escaped(meter))) }
            arguments.positional[0] = .list(try List(items, meter))
        default: break
        }
        return try call(method, ofString: text, arguments).asMarkup(meter)
    }

    private mutating func format(
        _ text: Text, _ method: Method, _ arguments: Arguments, escaping: Bool
    ) throws(TemplateError) -> Text {
        guard method == .formatMap else { return try format(text, arguments, escaping: escaping) }
        let values = try arguments.bind([""], required: 1, for: "format_map()")
        guard case .mapping(let mapping) = values[0] ?? .none else {
            throw TemplateError(.type, "format_map() needs a dictionary")
        }
        var named = Arguments()
        try meter.work(mapping.count)
        for place in mapping.keys.indices {
            guard let name = mapping.keys[place].text else { continue }
            named.names.append(name.string)
            named.named.append(mapping.values[place])
        }
        return try format(text, named, escaping: escaping)
    }

    mutating func call(_ method: Method, ofString text: Text, _ arguments: Arguments) throws(TemplateError) -> Value {
        let name = "\(method.rawValue)()"
        switch method {
        case .strip, .lstrip, .rstrip:
            let values = try arguments.bind([""], for: name)
            let characters = try values[0].given?.expectText("the argument of \(name)")
            return .text(
                try text.trimmed(characters, start: method != .rstrip, end: method != .lstrip, meter))
        case .split, .rsplit:
            let values = try arguments.bind(["sep", "maxsplit"], for: name)
            let separator = try values[0].given?.expectText("the separator of \(name)")
            let limit = try values[1].integer("the maximum of \(name)", default: -1)
            let parts = try text.split(separator, limit: limit, fromEnd: method == .rsplit, meter)
            return .list(try List(parts, meter))
        case .splitlines:
            let values = try arguments.bind(["keepends"], for: name)
            let lines = try text.lines(keepEnds: values[0].isTrue(default: false), meter)
            return .list(try List(lines.map { .text($0) }, meter))
        case .startswith, .endswith: return .bool(try begins(text, atEnd: method == .endswith, arguments))
        case .upper, .lower, .title, .capitalize, .swapcase, .casefold:
            _ = try arguments.bind([], for: name)
            let change: Text.CaseChange =
                switch method {
                case .upper: .upper
                case .lower: .lower
                case .title: .title
                case .capitalize: .capitalize
                case .casefold: .fold
                default: .swap
                }
            return .text(try text.changed(change, meter))
        case .replace:
            let values = try arguments.bind(["", "", ""], required: 2, for: name)
            let old = try values[0]?.expectText("the first argument of replace()") ?? Text()
            let new = try values[1]?.expectText("the second argument of replace()") ?? Text()
            let limit = try values[2].integer("the maximum of replace()", default: -1)
            return .text(try text.replacing(old, new, limit: limit, meter))
        case .join:
            let values = try arguments.bind([""], required: 1, for: name)
            try values[0]?.requireIterable()
            var builder = TextBuilder(meter)
            for (i, item) in try (values[0]?.elements(meter) ?? []).enumerated() {
                if i > 0 { try builder.append(text) }
                try builder.append(item.expectText("what join() joins"))
            }
            return .text(builder.text)
        case .find, .rfind, .index, .rindex, .count: return .int(try search(text, method, arguments))
        case .format, .formatMap: return .text(try format(text, method, arguments, escaping: false))
        case .expandtabs:
            let size = try arguments.bind(["tabsize"], for: name)[0].integer("the argument of expandtabs()", default: 8)
            return .text(try text.expandingTabs(size, meter))
        case .removeprefix, .removesuffix:
            let values = try arguments.bind([""], required: 1, for: name)
            let part = try values[0]?.expectText("the argument of \(name)") ?? Text()
            if method == .removeprefix {
                return .text(text.hasPrefix(part) ? try text.slice(part.count..<text.count, meter) : text)
            }
            return .text(text.hasSuffix(part) ? try text.slice(0..<text.count - part.count, meter) : text)
        case .partition, .rpartition: return try partition(text, fromEnd: method == .rpartition, arguments)
        case .zfill, .ljust, .rjust, .center: return .text(try pad(text, method, arguments))
        default:
            _ = try arguments.bind([], for: name)
            return .bool(try test(text, method))
        }
    }

    private func test(_ text: Text, _ method: Method) throws(TemplateError) -> Bool {
        switch method {
        case .isdigit: try text.isAll(\.isPythonDigit, meter)
        case .isdecimal: try text.isAll({ $0.decimalDigit != nil }, meter)
        case .isalpha: try text.isAll(\.isPythonAlpha, meter)
        case .isalnum: try text.isAll({ $0.isPythonAlpha || $0.properties.numericType != nil }, meter)
        case .isspace: try text.isAll(isPythonSpace, meter)
        case .isascii: text.isASCII
        case .isnumeric: try text.isAll({ $0.properties.numericType != nil }, meter)
        case .isprintable: text.isEmpty ? true : try text.isAll(\.isPythonPrintable, meter)
        case .isidentifier: try text.isIdentifier(meter)
        case .istitle: try text.isTitled(meter)
        case .isupper: try text.isCased(upper: true, meter)
        case .islower: try text.isCased(upper: false, meter)
        default: throw .unsupported("the method '\(method.rawValue)' of a string")
        }
    }

    private func begins(_ text: Text, atEnd: Bool, _ arguments: Arguments) throws(TemplateError) -> Bool {
        let name = atEnd ? "endswith()" : "startswith()"
        let values = try arguments.bind(["", "", ""], required: 1, for: name)
        guard let (part, _) = try part(of: text, values) else { return false }
        var choices: [Value] = []
        if case .tuple(let list) = values[0] {
            choices = list.items
        } else if let value = values[0] {
            choices = [value]
        }
        for choice in choices {
            let wanted = try choice.expectText("the argument of \(name)")
            try meter.work(wanted.count)
            if atEnd ? part.hasSuffix(wanted) : part.hasPrefix(wanted) { return true }
        }
        return false
    }

    /// The part of a string between the bounds that follow the first argument, and the code points before it; nil where
    /// the first bound lies behind its end.
    private func part(of text: Text, _ values: [Value?]) throws(TemplateError) -> (part: Text, start: Int)? {
        guard values[1].given != nil || values[2].given != nil else { return (text, 0) }
        try meter.work(text.count)
        let count = text.length
        let bounds = try Bounds(values.dropFirst(), count: count)
        guard !bounds.isOutside else { return nil }
        let places = try Progression(bounds.range.lowerBound, bounds.range.upperBound, 1)
        return (try text.elements(places, meter), bounds.range.lowerBound)
    }

    private func search(_ text: Text, _ method: Method, _ arguments: Arguments) throws(TemplateError) -> Int {
        let name = "\(method.rawValue)()"
        let values = try arguments.bind(["", "", ""], required: 1, for: name)
        let wanted = try values[0]?.expectText("the argument of \(name)") ?? Text()
        let found = try part(of: text, values)
        if method == .count { return try found?.part.occurrences(of: wanted, meter) ?? 0 }
        let isLast = method == .rfind || method == .rindex
        guard let (part, start) = found,
            let range = try (isLast ? part.lastRange(of: wanted, meter) : part.range(of: wanted, from: 0, meter))
        else {
            if method == .find || method == .rfind { return -1 }
            throw TemplateError(.value, "\(name) does not find its argument: test it with 'in'")
        }
        return start + (try part.slice(0..<range.lowerBound, meter).length)
    }

    private func partition(_ text: Text, fromEnd: Bool, _ arguments: Arguments) throws(TemplateError) -> Value {
        let name = fromEnd ? "rpartition()" : "partition()"
        let values = try arguments.bind([""], required: 1, for: name)
        let separator = try values[0]?.expectText("the argument of \(name)") ?? Text()
        guard !separator.isEmpty else { throw TemplateError(.value, "\(name) needs a separator that is not empty") }
        var parts: [Value] = [.text(text), .string(""), .string("")]
        if let range = try fromEnd ? text.lastRange(of: separator, meter) : text.range(of: separator, from: 0, meter) {
            parts = try text.slices([0..<range.lowerBound, range, range.upperBound..<text.count], meter)
        } else if fromEnd {
            parts.reverse()
        }
        return .tuple(try List(parts, meter))
    }

    private func pad(_ text: Text, _ method: Method, _ arguments: Arguments) throws(TemplateError) -> Text {
        let name = "\(method.rawValue)()"
        let values = try arguments.bind(method == .zfill ? [""] : ["", ""], required: 1, for: name)
        let width = try values[0].integer("the width of \(name)", default: 0)
        let fill = try method == .zfill ? Text("0") : values[1]?.expectText("the filling of \(name)") ?? Text(" ")
        guard fill.length == 1 else { throw TemplateError(.type, "\(name) fills with one character") }
        return try text.padded(to: width, method, fill, meter)
    }
}

extension Value {
    /// Fails for what cannot be gone through; an undefined value can.
    func requireIterable() throws(TemplateError) {
        switch self {
        case .none, .bool, .int, .float, .namespace, .macro, .function, .method, .loop, .cycler, .joiner:
            throw TemplateError(.type, "\(typeName) cannot be gone through: a list is needed")
        default: break
        }
    }
}

extension Text {
    func padded(
        to width: Int, _ method: Method, _ fill: Text, _ meter: Meter
    ) throws(TemplateError) -> Text {
        let length = length
        guard width > length else { return self }
        let missing = width - length
        var builder = TextBuilder(meter)
        switch method {
        case .ljust:
            try builder.append(self)
            try builder.append(fill, times: missing)
        case .center:
            // As CPython: of an odd number, the one more goes left if the width is odd.
            let left = missing / 2 + (missing & width & 1)
            try builder.append(fill, times: left)
            try builder.append(self)
            try builder.append(fill, times: missing - left)
        case .zfill where bytes.first == 0x2D || bytes.first == 0x2B:
            try builder.append(self, 0..<1)
            try builder.append(fill, times: missing)
            try builder.append(self, 1..<count)
        default:
            try builder.append(fill, times: missing)
            try builder.append(self)
        }
        return builder.text
    }
}
