internal import JSON

/// A JSON object of settings, read with checks.
struct Configuration: Sendable {
    let path: String
    let value: JSONValue

    /// Sizes beyond this are lies.
    private static let maxSize = Int(Int32.max)

    /// The value of the first of the keys that is there and not null.
    func find(_ keys: [String]) -> (key: String, value: JSONValue)? {
        for key in keys {
            if let value = value[key], !value.isNull { return (key, value) }
        }
        return nil
    }

    func has(_ key: String) -> Bool { find([key]) != nil }

    /// The same under the names that most classes have for some settings, which stay under their own, too.
    func renaming(_ names: [String: String]) -> Configuration {
        let others = (value.members ?? []).compactMap { member in
            names[member.name].map { JSONValue.Member($0, member.value) }
        }
        return Configuration(path: path, value: .object((value.members ?? []) + others))
    }

    /// The same with a value for a setting that is missing or null.
    func defaulting(_ key: String, to value: JSONValue) -> Configuration {
        has(key) ? self : replacing(key, by: value)
    }

    /// The same with another value for a setting.
    func replacing(_ key: String, by value: JSONValue) -> Configuration {
        let others = (self.value.members ?? []).filter { $0.name != key }
        return Configuration(path: path, value: .object(others + [JSONValue.Member(key, value)]))
    }

    /// A size or count: 1 to 2³¹ - 1.
    func size(_ keys: String..., default fallback: Int? = nil) throws(ConversionError) -> Int {
        try integer(keys, from: 1, default: fallback)
    }

    /// A size, or a list of the same size for every layer.
    func uniformSize(_ key: String, default fallback: Int? = nil) throws(ConversionError) -> Int {
        guard let items = value[key]?.items else { return try integer([key], from: 1, default: fallback) }
        guard let first = items.first?.int, (1...Self.maxSize).contains(first),
            items.allSatisfy({ $0.int == first })
        else { throw wrong(key, "the same size for every layer") }
        return first
    }

    /// An id or count: 0 to 2³¹ - 1.
    func index(_ keys: String..., default fallback: Int? = nil) throws(ConversionError) -> Int {
        try integer(keys, from: 0, default: fallback)
    }

    private func integer(_ keys: [String], from least: Int, default fallback: Int?) throws(ConversionError) -> Int {
        let expected = "a whole number from \(least) to \(Self.maxSize)"
        guard let found = find(keys) else {
            if let fallback { return fallback }
            throw missing(keys, expected)
        }
        guard let number = found.value.int, (least...Self.maxSize).contains(number) else {
            throw wrong(found.key, expected)
        }
        return number
    }

    func number(_ keys: String..., default fallback: Double? = nil) throws(ConversionError) -> Double {
        guard let found = find(keys) else {
            if let fallback { return fallback }
            throw missing(keys, "a number")
        }
        guard let number = found.value.double else { throw wrong(found.key, "a number") }
        return number
    }

    func bool(_ key: String, default fallback: Bool) throws(ConversionError) -> Bool {
        guard let found = find([key]) else { return fallback }
        guard let value = found.value.bool else { throw wrong(key, "true or false") }
        return value
    }

    func string(_ keys: String..., default fallback: String? = nil) throws(ConversionError) -> String {
        guard let found = find(keys) else {
            if let fallback { return fallback }
            throw missing(keys, "a string")
        }
        guard let value = found.value.string else { throw wrong(found.key, "a string") }
        return value
    }

    /// An object within; nil when it is missing or null.
    func object(_ keys: String...) throws(ConversionError) -> Configuration? {
        guard let found = find(keys) else { return nil }
        guard found.value.members != nil else { throw wrong(found.key, "an object") }
        return Configuration(path: path, value: found.value)
    }

    func wrong(_ key: String, _ expected: String) -> ConversionError {
        .configuration(key: key, expected: expected, found: value[key]?.shortText ?? "nothing", path: path)
    }

    func unsupported(_ what: String) -> ConversionError { .unsupported(what, path: path) }

    private func missing(_ keys: [String], _ expected: String) -> ConversionError {
        .configuration(key: keys.first ?? "", expected: expected, found: "nothing", path: path)
    }
}

extension JSONValue {
    /// The value as it is written, or its kind when that is long.
    fileprivate var shortText: String {
        switch self {
        case .array, .object: kind
        case .string(let value): value.visible
        default: text
        }
    }
}
