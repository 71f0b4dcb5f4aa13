internal import JSON

extension SchemaConverter {
    mutating func convertObject(_ schema: JSONValue, at path: String) throws(GrammarError) -> Expression {
        var properties: [JSONValue.Member] = []
        if let value = schema["properties"] {
            guard case .object(let members) = value else {
                throw .schema(path: path, problem: "'properties' must be an object")
            }
            properties = members
        }
        var required: Set<String> = []
        if let value = schema["required"] {
            guard case .array(let names) = value else {
                throw .schema(path: path, problem: "'required' must be an array")
            }
            for name in names {
                guard case .string(let name) = name else {
                    throw .schema(path: path, problem: "'required' lists names")
                }
                required.insert(name)
                if !properties.contains(where: { $0.name == name }) { properties.append(.init(name, .bool(true))) }
            }
        }
        let least = try count("minProperties", schema, at: path) ?? 0
        let most = try count("maxProperties", schema, at: path)
        let others = try convertOthers(schema, listed: properties, at: path)

        if properties.isEmpty {
            guard least <= 1 else { throw .schema(path: path, problem: "'minProperties' above 1 is not supported") }
            guard let others else {
                guard least == 0 else {
                    throw .schema(path: path, problem: "no property is allowed, but one is required")
                }
                return JSONPrimitives.object(.empty, layout)
            }
            return JSONPrimitives.object(JSONPrimitives.list(others, atLeast: least, atMost: most, layout), layout)
        }
        guard least <= required.count, most.map({ $0 >= properties.count && others == nil }) ?? true else {
            throw .schema(
                path: path, problem: "'minProperties' and 'maxProperties' are not supported beside 'properties'")
        }
        return JSONPrimitives.object(
            try convertMembers(properties, required: required, others: others, at: path), layout)
    }

    /// The listed properties in their order, then others. For each place in the list there are two rules: what may follow
    /// when no member has come yet, and when one has, so that a comma must come first.
    private mutating func convertMembers(
        _ properties: [JSONValue.Member], required: Set<String>, others: Expression?, at path: String
    ) throws(GrammarError) -> Expression {
        let comma = JSONPrimitives.comma(layout)
        var first = others.map { JSONPrimitives.list($0, atLeast: 0, atMost: nil, layout) } ?? .empty
        var later = others.map { Expression.repetition(.sequence([comma, $0]), min: 0, max: nil) } ?? .empty
        for property in properties.reversed() {
            let place = "\(path)/properties/\(property.name)"
            let value = try convert(property.value, at: place)
            let name = "object \(rules.names.count)"
            let member = JSONPrimitives.member(
                JSONPrimitives.literal(JSONValue.quoted(property.name)), value, layout)
            rules.define(name, member)
            rules.define(name + " first", first)
            rules.define(name + " later", later)
            let memberRule = Expression.rule(rules.index(name))
            let laterRule = Expression.rule(rules.index(name + " later"))
            let firstWith = Expression.sequence([memberRule, laterRule])
            let laterWith = Expression.sequence([comma, memberRule, laterRule])
            if required.contains(property.name) {
                first = firstWith
                later = laterWith
            } else {
                first = .choice([firstWith, .rule(rules.index(name + " first"))])
                later = .choice([laterWith, laterRule])
            }
        }
        return first
    }

    /// A member that is not listed; `nil` if there may be none.
    private mutating func convertOthers(
        _ schema: JSONValue, listed: [JSONValue.Member], at path: String
    ) throws(GrammarError) -> Expression? {
        let value: Expression
        switch schema["additionalProperties"] {
        case .bool(false): return nil
        case nil:
            guard listed.isEmpty else { return nil }
            value = .rule(anyValue())
        case .some(let other): value = try convert(other, at: "\(path)/additionalProperties")
        }
        if listed.isEmpty {
            return JSONPrimitives.member(JSONPrimitives.string(atLeast: 0, atMost: nil), value, layout)
        }
        let names = listed.map { Array($0.name.unicodeScalars) }
        guard names.allSatisfy({ $0.count <= Self.nestingLimit }) else {
            throw .schema(
                path: path,
                problem: "a property's name of more than \(Self.nestingLimit) characters beside 'additionalProperties'")
        }
        let name = Expression.sequence([JSONPrimitives.literal("\""), otherThan(names), JSONPrimitives.literal("\"")])
        return JSONPrimitives.member(name, value, layout)
    }

    /// Strings without escapes that are none of these.
    private func otherThan(_ names: [[Unicode.Scalar]]) -> Expression {
        let plain = Expression.repetition(.character(JSONPrimitives.plainRanges), min: 0, max: nil)
        guard !names.isEmpty else { return plain }
        var heads: [Unicode.Scalar] = []
        for name in names {
            if let head = name.first, !heads.contains(head) { heads.append(head) }
        }
        var alternatives: [Expression] = []
        let others = complement(complement(JSONPrimitives.plainRanges) + heads.map { $0.value...$0.value })
        if !others.isEmpty { alternatives.append(.sequence([.character(others), plain])) }
        for head in heads where JSONPrimitives.plainRanges.contains(where: { $0.contains(head.value) }) {
            let rest = names.filter { $0.first == head }.map { Array($0.dropFirst()) }
            alternatives.append(.sequence([.character([head.value...head.value]), otherThan(rest)]))
        }
        if !names.contains(where: \.isEmpty) { alternatives.append(.empty) }
        return .choice(alternatives)
    }

    // MARK: Arrays

    mutating func convertArray(_ schema: JSONValue, at path: String) throws(GrammarError) -> Expression {
        let least = try count("minItems", schema, at: path) ?? 0
        let most = try count("maxItems", schema, at: path)
        if let most, most < least { throw .schema(path: path, problem: "'maxItems' is below 'minItems'") }
        if case .bool(true)? = schema["uniqueItems"], (most ?? 2) > 1 {
            throw .schema(path: path, problem: "'uniqueItems' is not supported")
        }
        var prefix: [Expression] = []
        if let value = schema["prefixItems"] {
            guard case .array(let items) = value else {
                throw .schema(path: path, problem: "'prefixItems' must be an array")
            }
            guard items.count <= Self.nestingLimit else {
                throw .schema(path: path, problem: "more than \(Self.nestingLimit) 'prefixItems'")
            }
            for (index, item) in items.enumerated() {
                prefix.append(try convert(item, at: "\(path)/prefixItems/\(index)"))
            }
        }
        var item: Expression?
        switch schema["items"] {
        case .bool(false): break
        case nil: item = .rule(anyValue())
        case .some(let other): item = try convert(other, at: "\(path)/items")
        }
        if prefix.isEmpty {
            guard let item else {
                guard least == 0 else { throw .schema(path: path, problem: "no item is allowed, but one is required") }
                return JSONPrimitives.array(.empty, layout)
            }
            return JSONPrimitives.array(JSONPrimitives.list(item, atLeast: least, atMost: most, layout), layout)
        }
        return JSONPrimitives.array(try convertTuple(prefix, then: item, least, most, at: path), layout)
    }

    /// Items of a kind each, then as many of another kind as are allowed. From the end to the beginning: what follows each.
    private func convertTuple(
        _ prefix: [Expression], then item: Expression?, _ least: Int, _ most: Int?, at path: String
    ) throws(GrammarError) -> Expression {
        guard item != nil || least <= prefix.count else {
            throw .schema(path: path, problem: "'minItems' is above the number of 'prefixItems'")
        }
        let comma = JSONPrimitives.comma(layout)
        var rest = Expression.empty
        if let item, (most ?? .max) > prefix.count {
            let more = most.map { $0 - prefix.count }
            rest = .repetition(.sequence([comma, item]), min: max(0, least - prefix.count), max: more)
        }
        for (index, first) in prefix.enumerated().reversed() where index < (most ?? .max) {
            let with = Expression.sequence(index == 0 ? [first, rest] : [comma, first, rest])
            rest = index < least ? with : .choice([with, .empty])
        }
        return rest
    }
}
