package import JSON

extension Grammar {
    /// A grammar whose texts are JSON values that a schema describes (json-schema.org, 2020-12).
    ///
    /// Not every value that the schema describes: objects have their listed properties in the order of the schema, others
    /// only where `additionalProperties` asks for them; `oneOf` is read as `anyOf`. What a grammar cannot promise is an
    /// error: `not`, `if`, `uniqueItems`, `contains`, `patternProperties` and the like. `format` is heeded for `date`,
    /// `time`, `date-time`, `uuid` and `ipv4`.
    ///
    /// - Parameters:
    ///   - text: the schema as JSON.
    ///   - layout: the white space between the tokens of its values.
    package init(jsonSchema text: String, layout: Layout = Layout()) throws(GrammarError) {
        let schema: JSONValue
        do throws(JSONError) { schema = try JSONParser.parse(text) } catch { throw .json(error) }
        try self.init(jsonSchema: schema, layout: layout)
    }

    package init(jsonSchema schema: JSONValue, layout: Layout = Layout()) throws(GrammarError) {
        var converter = SchemaConverter(schema, layout)
        let root = try converter.convert(schema, at: "#")
        converter.rules.define("root", root)
        try converter.convertReferences()
        try self.init(converter.rules)
    }
}

/// Makes expressions of schemas. Each `$ref` becomes a rule, so that schemas may contain themselves.
struct SchemaConverter {
    let document: JSONValue
    let layout: Layout
    var rules = RuleSet()
    private var anyRule: Int?
    /// References that have a rule, but no definition of it yet: one after the other, however long their chain is.
    private var references: [(name: String, pointer: String, path: String)] = []
    /// The most of what makes expressions nest: characters of a name, items of a tuple.
    static let nestingLimit = 256

    /// Keywords of the vocabulary that restrict values in ways no grammar here can.
    private static let refused = [
        "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "dependencies", "patternProperties",
        "propertyNames", "unevaluatedProperties", "unevaluatedItems", "contains", "minContains", "maxContains",
        "$dynamicRef", "$recursiveRef",
    ]

    init(_ document: JSONValue, _ layout: Layout) {
        self.document = document
        self.layout = layout
        _ = rules.index("root")
    }

    mutating func convert(_ schema: JSONValue, at path: String) throws(GrammarError) -> Expression {
        switch schema {
        case .bool(true): return .rule(anyValue())
        case .bool(false): throw .schema(path: path, problem: "false describes no value")
        case .object(let members): return try convert(members, schema, at: path)
        default: throw .schema(path: path, problem: "a schema is an object, true or false")
        }
    }

    private mutating func convert(
        _ members: [JSONValue.Member], _ schema: JSONValue, at path: String
    ) throws(GrammarError) -> Expression {
        for keyword in Self.refused where schema[keyword] != nil {
            throw .schema(path: path, problem: "'\(keyword)' is not supported")
        }
        if let reference = schema["$ref"] { return .rule(try rule(for: reference, at: path)) }
        if let value = schema["const"] { return JSONPrimitives.literal(value.text) }
        if let values = schema["enum"] {
            guard case .array(let items) = values, !items.isEmpty else {
                throw .schema(path: path, problem: "'enum' must be an array with at least one value")
            }
            return .choice(items.map { JSONPrimitives.literal($0.text) })
        }
        for keyword in ["anyOf", "oneOf"] {
            guard let alternatives = schema[keyword] else { continue }
            return try convertAlternatives(alternatives, keyword, at: path)
        }
        if let parts = schema["allOf"] { return try convertAll(parts, schema, at: path) }

        let types = try types(of: schema, at: path)
        var alternatives: [Expression] = []
        for type in types { alternatives.append(try convert(type: type, schema, at: path)) }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func convert(
        type: String, _ schema: JSONValue, at path: String
    ) throws(GrammarError) -> Expression {
        switch type {
        case "any": return .rule(anyValue())
        case "null": return JSONPrimitives.literal("null")
        case "boolean": return JSONPrimitives.boolean
        case "integer", "number": return try convertNumber(schema, whole: type == "integer", at: path)
        case "string": return try convertString(schema, at: path)
        case "array": return try convertArray(schema, at: path)
        case "object": return try convertObject(schema, at: path)
        default: throw .schema(path: path, problem: "unknown type '\(type)'")
        }
    }

    /// The schema's types; where it does not say, those of which it has keywords.
    private func types(of schema: JSONValue, at path: String) throws(GrammarError) -> [String] {
        switch schema["type"] {
        case .string(let name): return [name]
        case .array(let items) where !items.isEmpty:
            var names: [String] = []
            for item in items {
                guard case .string(let name) = item else { throw .schema(path: path, problem: "a type is a string") }
                names.append(name)
            }
            return names
        case nil: break
        default: throw .schema(path: path, problem: "'type' must be a string or an array of strings")
        }
        let hints = [
            ("object", ["properties", "required", "additionalProperties", "minProperties", "maxProperties"]),
            ("array", ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]),
            ("string", ["pattern", "minLength", "maxLength", "format"]),
            ("number", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
        ]
        for (type, keywords) in hints where keywords.contains(where: { schema[$0] != nil }) { return [type] }
        return ["any"]
    }

    // MARK: Parts

    private mutating func convertAlternatives(
        _ alternatives: JSONValue, _ keyword: String, at path: String
    ) throws(GrammarError) -> Expression {
        guard case .array(let items) = alternatives, !items.isEmpty else {
            throw .schema(path: path, problem: "'\(keyword)' must be an array with at least one schema")
        }
        var result: [Expression] = []
        for (index, item) in items.enumerated() {
            result.append(try convert(item, at: "\(path)/\(keyword)/\(index)"))
        }
        return .choice(result)
    }

    /// Objects are merged: all their properties and requirements.
    private mutating func convertAll(
        _ parts: JSONValue, _ schema: JSONValue, at path: String
    ) throws(GrammarError) -> Expression {
        guard case .array(let items) = parts, !items.isEmpty else {
            throw .schema(path: path, problem: "'allOf' must be an array with at least one schema")
        }
        let alone = schema["type"] == nil && schema["properties"] == nil
        if items.count == 1 && alone { return try convert(items[0], at: "\(path)/allOf/0") }
        var properties: [JSONValue.Member] = []
        var required: [JSONValue] = []
        for part in (alone ? [] : [schema]) + items {
            let part = try resolved(part, at: path)
            let known = ["type", "properties", "required", "title", "description", "allOf", "$defs", "definitions"]
            guard case .object(let members) = part,
                members.allSatisfy({ known.contains($0.name) || $0.name.hasPrefix("$") })
            else { throw .schema(path: path, problem: "'allOf' is supported for objects with properties only") }
            if case .object(let members)? = part["properties"] {
                for member in members {
                    guard !properties.contains(where: { $0.name == member.name && $0.value != member.value }) else {
                        throw .schema(path: path, problem: "'allOf' describes the property '\(member.name)' twice")
                    }
                    if !properties.contains(member) { properties.append(member) }
                }
            }
            if case .array(let names)? = part["required"] { required += names }
        }
        let merged = JSONValue.object([
            .init("type", .string("object")), .init("properties", .object(properties)),
            .init("required", .array(required)),
        ])
        return try convertObject(merged, at: path)
    }

    // MARK: References

    private mutating func rule(for reference: JSONValue, at path: String) throws(GrammarError) -> Int {
        guard case .string(let pointer) = reference else { throw .schema(path: path, problem: "'$ref' is a string") }
        let name = "ref " + pointer  // no name of GBNF has a space
        let known = rules.names.contains(name)
        let index = rules.index(name)
        if !known { references.append((name, pointer, path)) }
        return index
    }

    mutating func convertReferences() throws(GrammarError) {
        while let next = references.popLast() {
            rules.define(next.name, try convert(try find(next.pointer, at: next.path), at: next.pointer))
        }
    }

    private func resolved(_ schema: JSONValue, at path: String) throws(GrammarError) -> JSONValue {
        var schema = schema
        var steps = 0
        while case .string(let pointer)? = schema["$ref"] {
            schema = try find(pointer, at: path)
            steps += 1
            guard steps < 100 else { throw .schema(path: path, problem: "'$ref' leads to itself") }
        }
        return schema
    }

    /// By JSON pointer (RFC 6901) into the document.
    private func find(_ pointer: String, at path: String) throws(GrammarError) -> JSONValue {
        guard pointer == "#" || pointer.hasPrefix("#/") else {
            throw .schema(path: path, problem: "'$ref' to '\(pointer)': only places in the same document are supported")
        }
        var value = document
        for part in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = Self.unescaped(part)
            if case .array(let items) = value, let index = Int(name), items.indices.contains(index) {
                value = items[index]
            } else if let next = value[name] {
                value = next
            } else {
                throw .schema(path: path, problem: "'$ref' to '\(pointer)', which the document does not have")
            }
        }
        return value
    }

    /// A part of a JSON pointer with `~1` as "/" and `~0` as "~"; other tildes stay.
    private static func unescaped(_ part: Substring) -> String {
        var name = String.UnicodeScalarView()
        var isEscape = false
        for scalar in part.unicodeScalars {
            switch scalar {
            case "1" where isEscape: name.append("/")
            case "0" where isEscape: name.append("~")
            default:
                if isEscape { name.append("~") }
                if scalar != "~" { name.append(scalar) }
            }
            isEscape = scalar == "~"
        }
        if isEscape { name.append("~") }
        return String(name)
    }

    /// The rule for any value at all.
    mutating func anyValue() -> Int {
        if let anyRule { return anyRule }
        let rule = rules.index("any value")
        anyRule = rule
        let anything = Expression.rule(rule)
        let name = JSONPrimitives.string(atLeast: 0, atMost: nil)
        let members = JSONPrimitives.list(
            JSONPrimitives.member(name, anything, layout), atLeast: 0, atMost: nil, layout)
        rules.define(
            "any value",
            .choice([
                JSONPrimitives.object(members, layout),
                JSONPrimitives.array(JSONPrimitives.list(anything, atLeast: 0, atMost: nil, layout), layout),
                JSONPrimitives.string(atLeast: 0, atMost: nil), JSONPrimitives.number, JSONPrimitives.boolean,
                JSONPrimitives.literal("null"),
            ]))
        return rule
    }

    // MARK: Keywords' values

    /// A keyword that counts: a whole number, 0 or more.
    func count(_ keyword: String, _ schema: JSONValue, at path: String) throws(GrammarError) -> Int? {
        guard let value = schema[keyword] else { return nil }
        guard case .number(let text) = value, let count = Int(text), count >= 0, count <= 100_000 else {
            throw .schema(path: path, problem: "'\(keyword)' must be a whole number from 0 to 100000")
        }
        return count
    }
}
