internal import JSON

/// One schema, read keyword by keyword: what it says of values itself, and which other schemas it combines.
struct SchemaFacts {
    /// The constraint of one keyword, or of several that only work together.
    struct Constraint: Sendable {
        enum Kind: Sendable {
            /// The types, and whether numbers must be whole.
            case types(Set<JSONType>, wholeOnly: Bool)
            case literals([Literal])
            // The following speak of values of one type only.
            case numbers(NumberRange)
            case texts(TextShape)
            case arrays(ArrayShape)
            case objects(ObjectShape)
        }

        var kind: Kind
        var keyword: String
        var path: String
    }

    /// Alternatives: any must hold (`anyOf`), or exactly one (`oneOf`).
    struct Group {
        var alternatives: [SchemaTerm]
        var isExclusive = false
        var keyword: String
        var path: String
    }

    var constraints: [Constraint] = []
    /// Schemas that must hold too.
    var conjunctions: [SchemaTerm] = []
    var groups: [Group] = []
    /// Schemas that must not hold.
    var negations: [(term: SchemaTerm, path: String)] = []
    /// Where no schema names the types: those that it has keywords of.
    var hints: Set<JSONType> = []

    /// The schema names its types, or its values.
    var isTyped: Bool {
        constraints.contains {
            if case .types = $0.kind { true } else if case .literals = $0.kind { true } else { false }
        }
    }
}

/// Reads the keywords of one schema that speak of values by themselves. Errors name the keyword and the schema's place.
struct KeywordReader {
    let schema: JSONValue
    let path: String

    func failure(_ problem: String) -> GrammarError { .schema(path: path, problem: problem) }

    /// Keywords that restrict values in ways no grammar here can.
    private static let refused = [
        "contains", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef",
    ]

    func refuseUnsupported() throws(GrammarError) {
        for keyword in Self.refused where schema[keyword] != nil && schema[keyword] != .bool(true) {
            throw failure("'\(keyword)' is not supported")
        }
        if schema["if"] != nil, schema["then"] != nil || schema["else"] != nil {
            throw failure("'if' is not supported; write what it means with 'anyOf'")
        }
    }

    /// - Returns: nil where the schema does not say.
    func types() throws(GrammarError) -> (types: Set<JSONType>, wholeOnly: Bool)? {
        let names: [JSONValue]
        switch schema["type"] {
        case nil: return nil
        case .string(let name)?: names = [.string(name)]
        case .array(let items)? where !items.isEmpty: names = items
        default: throw failure("'type' must be a string or an array of strings")
        }
        var types: Set<JSONType> = [], hasNumber = false, hasInteger = false
        for name in names {
            switch name {
            case .string("null"): types.insert(.null)
            case .string("boolean"): types.insert(.boolean)
            case .string("string"): types.insert(.string)
            case .string("array"): types.insert(.array)
            case .string("object"): types.insert(.object)
            case .string("number"): hasNumber = true
            case .string("integer"): hasInteger = true
            case .string(let other): throw failure("unknown type '\(other)'")
            default: throw failure("'type' must be a string or an array of strings")
            }
        }
        if hasNumber || hasInteger { types.insert(.number) }
        return (types, hasInteger && !hasNumber)
    }

    /// The values of `const` or `enum`.
    func literals(_ keyword: String) throws(GrammarError) -> [Literal]? {
        guard let value = schema[keyword] else { return nil }
        if keyword == "const" { return [Literal(value)] }
        guard case .array(let items) = value, !items.isEmpty else {
            throw failure("'enum' must be an array with at least one value")
        }
        var known: Set<Literal> = []
        return items.map { Literal($0) }.filter { known.insert($0).inserted }
    }

    /// A bound, or what numbers are multiples of.
    func numbers(_ keyword: String) throws(GrammarError) -> NumberRange? {
        guard let value = schema[keyword] else { return nil }
        guard case .number(let text) = value else { throw failure("'\(keyword)' must be a number") }
        return try NumberRange(keyword, text, at: path)
    }

    /// A keyword that counts: a whole number, 0 or more; `2.0` is one too.
    func count(_ keyword: String) throws(GrammarError) -> Int? {
        guard let value = schema[keyword] else { return nil }
        guard case .number(let text) = value, let number = Double(text), number >= 0, number.rounded() == number else {
            throw failure("'\(keyword)' must be a whole number, 0 or more")
        }
        return value.int.map { min($0, Self.maxCount) } ?? Self.maxCount
    }

    /// Counts above are taken for this.
    static let maxCount = Int.max / 4

    func string(_ keyword: String) throws(GrammarError) -> String? {
        guard let value = schema[keyword] else { return nil }
        guard case .string(let text) = value else { throw failure("'\(keyword)' must be a string") }
        return text
    }

    func members(_ keyword: String) throws(GrammarError) -> [JSONValue.Member] {
        guard let value = schema[keyword] else { return [] }
        guard case .object(let members) = value else { throw failure("'\(keyword)' must be an object") }
        // The last of several members of one name counts, at the position of the first.
        var places: [ExactText: Int] = [:], result: [JSONValue.Member] = []
        for member in members {
            if let place = places[ExactText(member.name)] {
                result[place] = member
            } else {
                places[ExactText(member.name)] = result.count
                result.append(member)
            }
        }
        return result
    }

    func names(_ keyword: String) throws(GrammarError) -> [ExactText] {
        guard let value = schema[keyword] else { return [] }
        guard let names = Self.names(value) else { throw failure("'\(keyword)' must be an array of names") }
        return names
    }

    static func names(_ value: JSONValue) -> [ExactText]? {
        guard case .array(let items) = value else { return nil }
        var names: [ExactText] = [], known: Set<ExactText> = []
        for item in items {
            guard case .string(let text) = item else { return nil }
            if known.insert(ExactText(text)).inserted { names.append(ExactText(text)) }
        }
        return names
    }

    func schemas(_ keyword: String) throws(GrammarError) -> [JSONValue] {
        guard let value = schema[keyword] else { return [] }
        guard case .array(let items) = value, !items.isEmpty else {
            throw failure("'\(keyword)' must be an array with at least one schema")
        }
        return items
    }

    func flag(_ keyword: String) throws(GrammarError) -> Bool {
        switch schema[keyword] {
        case nil, .bool(false)?: return false
        case .bool(true)?: return true
        default: throw failure("'\(keyword)' must be true or false")
        }
    }

    private static let typed: [(type: JSONType, keywords: [String])] = [
        (
            .object,
            [
                "properties", "required", "additionalProperties", "minProperties", "maxProperties",
                "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas", "dependencies",
            ]
        ),
        (.array, ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"]),
        (.string, ["pattern", "minLength", "maxLength"]),
        (.number, ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ]

    /// The types that the schema has keywords of.
    func hints() -> Set<JSONType> {
        var result: Set<JSONType> = []
        for (type, keywords) in Self.typed where keywords.contains(where: { schema[$0] != nil }) { result.insert(type) }
        if case .string(let format)? = schema["format"], TextFormats.pattern(format) != nil { result.insert(.string) }
        return result
    }
}
