/// A method of Python's types that templates may call. The other ones are refused by name.
enum Method: String {
    // Strings.
    case strip, lstrip, rstrip, split, rsplit, splitlines, startswith, endswith, upper, lower, title, capitalize
    case swapcase, casefold, replace, join, find, rfind, format, removeprefix, removesuffix, partition, rpartition
    case isdigit, isalpha, isalnum, isspace, isupper, islower, isdecimal, isascii, isidentifier, isnumeric, isprintable
    case istitle, zfill, ljust, rjust, center, expandtabs, rindex
    case formatMap = "format_map"
    // Escaped strings.
    case striptags, unescape
    // Strings, lists and ranges.
    case count, index
    // Lists and dictionaries.
    case copy
    // Dictionaries.
    case get, items, keys, values, fromkeys
    // Numbers.
    case conjugate
    case bitLength = "bit_length"
    case bitCount = "bit_count"
    case isInteger = "is_integer"
    // The variable `loop`, cyclers.
    case cycle, changed, next, reset

    static let ofStrings: Set<Method> = [
        .strip, .lstrip, .rstrip, .split, .rsplit, .splitlines, .startswith, .endswith, .upper, .lower, .title,
        .capitalize, .swapcase, .casefold, .replace, .join, .find, .rfind, .format, .formatMap, .removeprefix,
        .removesuffix, .partition, .rpartition, .isdigit, .isalpha, .isalnum, .isspace, .isupper, .islower, .isdecimal,
        .isascii, .isidentifier, .isnumeric, .isprintable, .istitle, .zfill, .ljust, .rjust, .center, .expandtabs,
        .count, .index, .rindex,
    ]
    static let ofMarkup = ofStrings.union([.striptags, .unescape])
    static let ofLists: Set<Method> = [.count, .index, .copy]
    static let ofSequences: Set<Method> = [.count, .index]
    static let ofMappings: Set<Method> = [.get, .items, .keys, .values, .copy, .fromkeys]
    static let ofIntegers: Set<Method> = [.conjugate, .bitLength, .bitCount]
    static let ofFloats: Set<Method> = [.conjugate, .isInteger]

    /// What Python has and templates may not use: it would otherwise look like something undefined.
    static let refused: Set<String> = [
        // Strings.
        "encode", "maketrans", "translate",
        // Lists and dictionaries; the sandbox lets nothing be changed.
        "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort", "popitem", "setdefault", "update",
        // Numbers.
        "as_integer_ratio", "from_bytes", "fromhex", "hex", "to_bytes",
    ]
}

extension Machine {
    /// `value.name`: the method, else the element.
    mutating func attribute(_ name: String, of value: Value) throws(TemplateError) -> Value {
        if case .undefined(let what) = value {
            throw TemplateError.missing("\(what) is undefined and has no \(name.quoted)")
        }
        if name.hasPrefix("__") { throw .unsupported("the attribute \(name.quoted)") }
        let methods: Set<Method>
        switch value {
        case .text: methods = Method.ofStrings
        case .markup: methods = Method.ofMarkup
        case .list: methods = Method.ofLists
        case .tuple(let list):
            if list.isGroup, name == "grouper" || name == "list" { return list.items[name == "list" ? 1 : 0] }
            methods = Method.ofSequences
        case .range(let range):
            if let bound = range.attribute(name) { return .int(bound) }
            methods = Method.ofSequences
        case .mapping: methods = Method.ofMappings
        case .int, .bool, .float:
            if let number = Number(value)?.attribute(name) { return number }
            if case .float = value { methods = Method.ofFloats } else { methods = Method.ofIntegers }
        case .namespace(let index): return attribute(name, ofNamespace: index)
        case .loop(let id): return try attribute(name, ofLoop: id)
        case .macro(let index): return try attribute(name, ofMacro: index)
        case .cycler(let index): return attribute(name, ofCycler: index)
        case .undefined, .none: methods = []
        case .view, .iterator, .function, .method, .joiner:
            throw .unsupported("the attribute \(name.quoted) of \(value.typeName)")
        }
        if let method = Method(rawValue: name), methods.contains(method) {
            return .method(BoundMethod(value, method))
        }
        if case .mapping(let mapping) = value {
            if ["clear", "pop", "popitem", "setdefault", "update"].contains(name) {
                throw .unsupported("the method \(name.quoted) of a dictionary")
            }
            return mapping[name] ?? .undefined("the key \(name.quoted)")
        }
        if Method.refused.contains(name) {
            throw .unsupported("the method \(name.quoted) of \(value.typeName)")
        }
        return .undefined("\(name.quoted) of \(value.typeName)")
    }

    mutating func call(
        _ method: Method, of receiver: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        switch receiver {
        case .text(let text): return try call(method, ofString: text, arguments)
        case .markup(let text): return try call(method, ofMarkup: text, arguments)
        case .list(let list), .tuple(let list):
            if method == .copy { return receiver }
            return try search(list.items, method, arguments)
        case .range: return try search(receiver.elements(meter), method, arguments)
        case .int, .bool, .float: return try call(method, ofNumber: receiver, arguments)
        case .mapping(let mapping): return try call(method, ofMapping: mapping, arguments)
        default: throw .unsupported("the method '\(method.rawValue)' of \(receiver.typeName)")
        }
    }

    /// `count` and `index` of a list, tuple or range.
    private func search(_ items: [Value], _ method: Method, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bind(
            method == .index ? ["", "", ""] : [""], required: 1, for: "\(method.rawValue)()")
        guard let wanted = values[0] else { return .none }
        let bounds = try Bounds(values.dropFirst(), count: items.count)
        var count = 0
        for (index, item) in zip(bounds.range, items[bounds.range]) where try item.equals(wanted, meter) {
            if method == .index { return .int(index) }
            count += 1
        }
        if method == .index { throw TemplateError(.value, "index() does not find its argument: test it with 'in'") }
        return .int(count)
    }

    private func call(
        _ method: Method, ofNumber value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        _ = try arguments.bind([], for: "\(method.rawValue)()")
        switch (method, Number(value)) {
        case (.bitLength, .int(let number)): return .int(Int.bitWidth - number.magnitude.leadingZeroBitCount)
        case (.bitCount, .int(let number)): return .int(number.magnitude.nonzeroBitCount)
        case (.isInteger, .float(let number)): return .bool(number.isFinite && number == number.rounded())
        default: return Number(value)?.value ?? value
        }
    }

    private func call(
        _ method: Method, ofMapping mapping: Mapping, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if method == .get {
            let values = try arguments.bind(["", ""], required: 1, for: "get()")
            guard let key = values[0] else { return .none }
            return mapping[try HashKey(key, meter)] ?? values[1] ?? .none
        }
        if method == .fromkeys {
            let values = try arguments.bind(["", ""], required: 1, for: "fromkeys()")
            let builder = MappingBuilder(meter)
            try values[0]?.requireIterable()
            for key in try values[0]?.elements(meter) ?? [] { try builder.set(key, values[1] ?? .none) }
            return .mapping(try builder.finish())
        }
        _ = try arguments.bind([], for: "\(method.rawValue)()")
        switch method {
        case .copy: return .mapping(mapping)
        case .items: return .view(.items, try List(mapping.items(meter), meter))
        case .keys: return .view(.keys, try List(mapping.keys, meter))
        default: return .view(.values, try List(mapping.values, meter))
        }
    }
}

/// Part of a sequence, as a method's arguments `start` and `end` give it.
struct Bounds {
    let range: Range<Int>
    /// Whether `start` lies behind `end`: Python finds nothing there, not even an empty string.
    let isOutside: Bool

    init(_ values: some Collection<Value?>, count: Int) throws(TemplateError) {
        var bounds = [0, count]
        for (place, value) in values.enumerated() {
            guard let bound = value.given else { continue }
            let index = try bound.expectInteger("a bound")
            bounds[place] = max(0, index < 0 ? index &+ count : index)
        }
        let end = min(bounds[1], count)
        isOutside = bounds[0] > end
        range = min(bounds[0], end)..<end
    }
}

extension Progression {
    fileprivate func attribute(_ name: String) -> Int? {
        switch name {
        case "start": start
        case "stop": stop
        case "step": step
        default: nil
        }
    }
}

extension Number {
    fileprivate func attribute(_ name: String) -> Value? {
        switch (name, self) {
        case ("real", _): value
        case ("imag", .int): .int(0)
        case ("imag", .float): .float(0)
        case ("numerator", .int): value
        case ("denominator", .int): .int(1)
        default: nil
        }
    }
}
