internal import JSON

/// Whether one value is in a set. `outer`: whether it may be, where a `format` is known only roughly.
extension SchemaNormalizer {
    mutating func contains(_ value: Literal, _ set: ValueSet, outer: Bool) throws(GrammarError) -> Bool {
        if set.literals.contains(value) { return true }
        switch value.value {
        case .null, .bool: return false
        case .number: return set.numbers.contains { $0.contains(value) }
        case .string(let text): return set.texts.contains { languages.contains(text, $0, outer: outer) }
        case .array(let items):
            for shape in set.arrays where try contains(items, shape, outer: outer) { return true }
        case .object(let members):
            for shape in set.objects where try contains(members, shape, outer: outer) { return true }
        }
        return false
    }

    mutating func contains(
        _ items: [JSONValue], _ shape: ArrayShape, outer: Bool
    ) throws(GrammarError) -> Bool {
        guard items.count >= shape.minCount, items.count <= shape.maxCount ?? .max else { return false }
        if shape.isUnique, Set(items.map { Literal($0) }).count < items.count { return false }
        for (index, item) in items.enumerated() {
            guard try meets(item, shape.item(index), outer: outer) else { return false }
        }
        return true
    }

    mutating func contains(
        _ members: [JSONValue.Member], _ shape: ObjectShape, outer: Bool
    ) throws(GrammarError) -> Bool {
        let values = Dictionary(members.map { (ExactText($0.name), $0.value) }) { _, last in last }
        guard values.count >= shape.minCount, values.count <= shape.maxCount ?? .max,
            shape.required.allSatisfy({ values[$0] != nil })
        else { return false }
        for (name, value) in values {
            guard try meets(value, self.value(of: name, in: shape), outer: outer) else { return false }
        }
        return true
    }

    /// Whether a value meets a conjunction of schemas.
    private mutating func meets(
        _ value: JSONValue, _ term: SchemaTerm, outer: Bool
    ) throws(GrammarError) -> Bool {
        guard term != .none else { return false }
        nesting += 1
        defer { nesting -= 1 }
        let path = path(of: term)
        guard nesting <= Self.nestingLimit else {
            throw .schema(path: path, problem: "'$ref' leads back to itself, or values nest too deeply")
        }
        for node in schemas(of: term) {
            let facts = try facts(node)
            try spend(1, at: path)
            for constraint in facts.constraints {
                guard try meets(Literal(value), constraint, outer: outer) else { return false }
            }
            for inner in facts.conjunctions {
                guard try meets(value, inner, outer: outer) else { return false }
            }
            for group in facts.groups {
                // Alternatives that may have the value, and those that surely have it.
                var possible = 0, sure = 0
                for alternative in group.alternatives {
                    if try meets(value, alternative, outer: true) { possible += 1 }
                    if try meets(value, alternative, outer: false) { sure += 1 }
                }
                guard outer ? possible > 0 : sure > 0 else { return false }
                if group.isExclusive, outer ? sure > 1 : possible > 1 { return false }
            }
            for negation in facts.negations {
                guard try !meets(value, negation.term, outer: !outer) else { return false }
            }
        }
        return true
    }

    mutating func meets(
        _ value: Literal, _ constraint: SchemaFacts.Constraint, outer: Bool
    ) throws(GrammarError) -> Bool {
        switch (constraint.kind, value.value) {
        case (.types(let types, let wholeOnly), .number(let text)):
            return types.contains(.number) && (!wholeOnly || DecimalNumber(text)?.isWhole ?? false)
        case (.types(let types, _), _): return types.contains(value.type)
        case (.literals(let values), _): return values.contains(value)
        case (.numbers(let range), .number): return range.contains(value)
        case (.texts(let shape), .string(let text)): return languages.contains(text, shape, outer: outer)
        case (.arrays(let shape), .array(let items)): return try contains(items, shape, outer: outer)
        case (.objects(let shape), .object(let members)): return try contains(members, shape, outer: outer)
        default: return true
        }
    }
}
