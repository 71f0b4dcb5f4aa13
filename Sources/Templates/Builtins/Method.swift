/// A method of Python's types that templates may call. The other ones are refused by name.
enum Method: String {
    // Strings.
    case strip, lstrip, rstrip, split, rsplit, splitlines, startswith, endswith, upper, lower, title, capitalize
    case swapcase, replace, join, find, rfind, format, removeprefix, removesuffix, partition, rpartition
    case isdigit, isalpha, isalnum, isspace, isupper, islower, isdecimal, zfill, ljust, rjust, center
    // Strings and lists.
    case count, index, rindex
    // Dictionaries.
    case get, items, keys, values
    // The variable `loop`.
    case cycle, changed

    static let ofStrings: Set<Method> = [
        .strip, .lstrip, .rstrip, .split, .rsplit, .splitlines, .startswith, .endswith, .upper, .lower, .title,
        .capitalize, .swapcase, .replace, .join, .find, .rfind, .format, .removeprefix, .removesuffix, .partition,
        .rpartition, .isdigit, .isalpha, .isalnum, .isspace, .isupper, .islower, .isdecimal, .zfill, .ljust, .rjust,
        .center, .count, .index, .rindex,
    ]
    static let ofLists: Set<Method> = [.count, .index]
    static let ofMappings: Set<Method> = [.get, .items, .keys, .values]

    /// What Python has and templates may not use: it would otherwise look like something undefined.
    static let refused: Set<String> = [
        // Strings.
        "casefold", "encode", "expandtabs", "format_map", "isascii", "isidentifier", "isnumeric", "isprintable",
        "istitle", "maketrans", "translate",
        // Lists and dictionaries; the sandbox lets nothing be changed.
        "append", "clear", "copy", "extend", "insert", "pop", "remove", "reverse", "sort", "fromkeys", "popitem",
        "setdefault", "update",
        // Numbers and ranges.
        "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "fromhex", "hex",
        "imag", "is_integer", "numerator", "real", "to_bytes", "start", "step", "stop",
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
        case .list, .tuple: methods = Method.ofLists
        case .mapping: methods = Method.ofMappings
        case .namespace(let index): return attribute(name, ofNamespace: index)
        case .loop(let id): return try attribute(name, ofLoop: id)
        case .undefined, .none, .bool, .int, .float, .range: methods = []
        case .view, .markup, .iterator, .macro, .function, .method:
            throw .unsupported("the attribute \(name.quoted) of \(value.typeName)")
        }
        if let method = Method(rawValue: name), methods.contains(method) {
            return .method(BoundMethod(value, method))
        }
        if case .mapping(let mapping) = value {
            if ["clear", "copy", "fromkeys", "pop", "popitem", "setdefault", "update"].contains(name) {
                throw .unsupported("the method \(name.quoted) of a dictionary")
            }
            return mapping[name] ?? .undefined("the key \(name.quoted)")
        }
        if Method.refused.contains(name) || (name == "values" && methods.isEmpty == false) {
            throw .unsupported("the method \(name.quoted) of \(value.typeName)")
        }
        return .undefined("\(name.quoted) of \(value.typeName)")
    }

    mutating func call(
        _ method: Method, of receiver: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        switch receiver {
        case .text(let text): return try call(method, ofString: text, arguments)
        case .list(let list), .tuple(let list): return try call(method, ofList: list, arguments)
        case .mapping(let mapping): return try call(method, ofMapping: mapping, arguments)
        default: throw .unsupported("the method '\(method.rawValue)' of \(receiver.typeName)")
        }
    }

    private func call(
        _ method: Method, ofList list: List, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let values = try arguments.bind([""], required: 1, for: "\(method.rawValue)()")
        guard let wanted = values[0] else { return .none }
        var count = 0
        for (index, item) in list.items.enumerated() where try item.equals(wanted, meter) {
            if method == .index { return .int(index) }
            count += 1
        }
        if method == .index { throw TemplateError(.value, "index() does not find its argument: test it with 'in'") }
        return .int(count)
    }

    private func call(
        _ method: Method, ofMapping mapping: Mapping, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if method == .get {
            let values = try arguments.bind(["", ""], required: 1, for: "get()")
            guard let key = values[0] else { return .none }
            return mapping[try HashKey(key, meter)] ?? values[1] ?? .none
        }
        _ = try arguments.bind([], for: "\(method.rawValue)()")
        switch method {
        case .items: return .view(.items, try List(mapping.items(meter), meter))
        case .keys: return .view(.keys, try List(mapping.keys, meter))
        default: return .view(.values, try List(mapping.values, meter))
        }
    }
}
