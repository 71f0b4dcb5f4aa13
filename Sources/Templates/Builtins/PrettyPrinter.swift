/// Python's `pprint.pformat`: representations of at most 80 columns where values can be broken.
struct PrettyPrinter {
    private let meter: Meter
    private var builder: TextBuilder
    private static let width = 80

    static func text(of value: Value, _ meter: Meter) throws(TemplateError) -> Text {
        var printer = PrettyPrinter(meter: meter, builder: TextBuilder(meter))
        try printer.write(value.sortedByKeys(meter), indent: 0, allowance: 0, level: 0)
        return printer.builder.text
    }

    /// - Parameters:
    ///   - indent: columns before the value.
    ///   - allowance: columns that what follows it needs.
    private mutating func write(_ value: Value, indent: Int, allowance: Int, level: Int) throws(TemplateError) {
        let text = try representation(value)
        guard text.length > Self.width - indent - allowance else { return try builder.append(text) }
        switch value {
        case .mapping(let mapping):
            try builder.append("{")
            for place in mapping.keys.indices {
                let key = try representation(mapping.keys[place])
                let isLast = place == mapping.count - 1
                try builder.append(key)
                try builder.append(": ")
                try write(
                    mapping.values[place], indent: indent + 1 + key.length + 2, allowance: isLast ? allowance + 1 : 1,
                    level: level + 1)
                if !isLast { try breakLine(",", indent + 1) }
            }
            try builder.append("}")
        case .list(let list): try write(list.items, "[", "]", indent, allowance, level)
        case .tuple(let list):
            try write(list.items, "(", list.items.count == 1 ? ",)" : ")", indent, allowance, level)
        case .text(let string): try write(string, indent, allowance, isAlone: level == 0)
        default: try builder.append(text)
        }
    }

    private func representation(_ value: Value) throws(TemplateError) -> Text {
        var text = TextBuilder(meter)
        try value.represent(into: &text)
        return text.text
    }

    private mutating func breakLine(_ mark: String, _ indent: Int) throws(TemplateError) {
        try builder.append(mark)
        try builder.append("\n")
        try builder.append(Text(" "), times: indent)
    }

    private mutating func write(
        _ items: [Value], _ open: String, _ close: String, _ indent: Int, _ allowance: Int, _ level: Int
    ) throws(TemplateError) {
        try builder.append(open)
        for (place, item) in items.enumerated() {
            if place > 0 { try breakLine(",", indent + 1) }
            let isLast = place == items.count - 1
            try write(
                item, indent: indent + 1, allowance: isLast ? allowance + close.utf8.count : 1, level: level + 1)
        }
        try builder.append(close)
    }

    /// A string that is too long for its line: by its own lines and words, one literal each.
    private mutating func write(_ string: Text, _ indent: Int, _ allowance: Int, isAlone: Bool) throws(TemplateError) {
        let indent = indent + (isAlone ? 1 : 0)
        let allowance = allowance + (isAlone ? 1 : 0)
        let space = Self.width - indent
        var literals: [Text] = []
        let lines = try string.lines(keepEnds: true, meter)
        for (number, line) in lines.enumerated() {
            let isLastLine = number == lines.count - 1
            let literal = try representation(.text(line))
            if literal.length <= space - (isLastLine ? allowance : 0) {
                literals.append(literal)
                continue
            }
            var start = 0
            var end = 0
            let words = try line.words(meter)
            for (place, word) in words.enumerated() {
                let isLast = isLastLine && place == words.count - 1
                let candidate = try representation(.text(line.slice(start..<word.upperBound, meter)))
                if candidate.length > space - (isLast ? allowance : 0) {
                    if end > start { literals.append(try representation(.text(line.slice(start..<end, meter)))) }
                    start = word.lowerBound
                }
                end = word.upperBound
            }
            if end > start { literals.append(try representation(.text(line.slice(start..<end, meter)))) }
        }
        if literals.count == 1 { return try builder.append(representation(.text(lines[lines.count - 1]))) }
        if isAlone { try builder.append("(") }
        for (place, literal) in literals.enumerated() {
            if place > 0 { try breakLine("", indent) }
            try builder.append(literal)
        }
        if isAlone { try builder.append(")") }
    }
}

extension Value {
    /// The same with every dictionary in the order of its keys.
    fileprivate func sortedByKeys(_ meter: Meter) throws(TemplateError) -> Value {
        func each(_ items: [Value]) throws(TemplateError) -> [Value] {
            var sorted: [Value] = []
            for item in items { sorted.append(try item.sortedByKeys(meter)) }
            return sorted
        }
        switch self {
        case .list(let list): return .list(try List(each(list.items), meter))
        case .tuple(let list): return .tuple(try List(each(list.items), isGroup: list.isGroup, meter))
        case .mapping(let mapping):
            let places = try sorted(mapping.keys.indices.map { .int($0) }, by: mapping.keys, reverse: false, meter)
            let builder = MappingBuilder(meter)
            for case .int(let place) in places {
                try builder.set(mapping.keys[place], mapping.values[place].sortedByKeys(meter))
            }
            return .mapping(try builder.finish())
        default: return self
        }
    }
}

extension Text {
    /// Words with the white space after each; white space at the beginning is a word of its own.
    fileprivate func words(_ meter: Meter) throws(TemplateError) -> [Range<Int>] {
        try meter.allocate(count, each: 16)
        var words: [Range<Int>] = []
        var start = 0
        var wasSpace = false
        var offset = 0
        while offset < count {
            let (scalar, next) = scalar(at: offset)
            let isSpace = isPythonSpace(scalar)
            if wasSpace, !isSpace {
                words.append(start..<offset)
                start = offset
            }
            wasSpace = isSpace
            offset = next
        }
        if start < count { words.append(start..<count) }
        return words
    }
}
