extension Machine {
    func call(_ method: Method, ofString text: Text, _ arguments: Arguments) throws(TemplateError) -> Value {
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
        case .upper, .lower, .title, .capitalize, .swapcase:
            _ = try arguments.bind([], for: name)
            let change: Text.CaseChange =
                switch method {
                case .upper: .upper
                case .lower: .lower
                case .title: .title
                case .capitalize: .capitalize
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
        case .format: return .text(try text.formatted(arguments, meter))
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
        case .isupper: try text.isCased(upper: true, meter)
        case .islower: try text.isCased(upper: false, meter)
        default: throw .unsupported("the method '\(method.rawValue)' of a string")
        }
    }

    private func begins(_ text: Text, atEnd: Bool, _ arguments: Arguments) throws(TemplateError) -> Bool {
        let name = atEnd ? "endswith()" : "startswith()"
        if arguments.positional.count > 1 { throw .unsupported("\(name) with bounds") }
        let values = try arguments.bind([""], required: 1, for: name)
        var choices: [Value] = []
        if case .tuple(let list) = values[0] {
            choices = list.items
        } else if let value = values[0] {
            choices = [value]
        }
        for choice in choices {
            let part = try choice.expectText("the argument of \(name)")
            try meter.work(part.count)
            if atEnd ? text.hasSuffix(part) : text.hasPrefix(part) { return true }
        }
        return false
    }

    private func search(_ text: Text, _ method: Method, _ arguments: Arguments) throws(TemplateError) -> Int {
        let name = "\(method.rawValue)()"
        if arguments.positional.count > 1 { throw .unsupported("\(name) with bounds") }
        let values = try arguments.bind([""], required: 1, for: name)
        let part = try values[0]?.expectText("the argument of \(name)") ?? Text()
        if method == .count { return try text.occurrences(of: part, meter) }
        let isLast = method == .rfind || method == .rindex
        guard let range = try isLast ? text.lastRange(of: part, meter) : text.range(of: part, from: 0, meter) else {
            if method == .find || method == .rfind { return -1 }
            throw TemplateError(.value, "\(name) does not find its argument: test it with 'in'")
        }
        return try text.slice(0..<range.lowerBound, meter).length
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
        case .none, .bool, .int, .float, .namespace, .macro, .function, .method, .loop, .markup:
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
