internal import JSON

extension SchemaWriter {
    /// The items of an array.
    ///
    /// - Parameter layout: within the array.
    mutating func items(
        _ shape: ArrayShape, _ layout: Layout, at path: String
    ) throws(GrammarError) -> Expression {
        var high = shape.maxCount
        // An item without a possible value ends the array before it.
        let impossible = shape.prefix.firstIndex { !survey.isPossible($0) }
        if let limit = impossible ?? (survey.isPossible(shape.rest) ? nil : shape.prefix.count) {
            high = min(high ?? .max, limit)
        }
        guard shape.minCount <= Self.countLimit else {
            throw .schema(path: path, problem: "'minItems' above \(Self.countLimit) is not supported")
        }
        if let limit = high { high = min(limit, Self.countLimit) }
        if shape.isUnique, high ?? .max > 1 {
            if !shape.prefix.isEmpty {
                try refuseEqualItems(shape, high, at: path)
            } else {
                guard let values = survey.domain(of: shape.rest) else {
                    throw .schema(
                        path: path,
                        problem: "'uniqueItems' is supported for items of 'enum', 'const', boolean and null, and whole "
                            + "numbers within bounds; leave it out, and see to equal items after")
                }
                return try distinct(values, shape.minCount, high ?? .max, layout, at: path)
            }
        }
        if shape.prefix.isEmpty {
            return list(high == 0 ? .empty : value(shape.rest, layout), shape.minCount, high, layout)
        }
        return tuple(shape, high, layout)
    }

    /// Items of a schema each, then more of another one. From the end to the beginning: what follows each.
    private mutating func tuple(_ shape: ArrayShape, _ high: Int?, _ layout: Layout) -> Expression {
        let comma = spaces(layout).comma
        let count = min(shape.prefix.count, high ?? .max)
        var rest = Expression.empty
        if high ?? .max > count {
            rest = .repetition(
                .sequence([comma, value(shape.rest, layout)]), min: max(0, shape.minCount - count),
                max: high.map { $0 - count })
        }
        for index in (0..<count).reversed() {
            let item = value(shape.prefix[index], layout)
            let with = Expression.sequence(index == 0 ? [item, rest] : [comma, item, rest])
            rest = rule("items", index < shape.minCount ? with : .choice([with, .empty]))
        }
        return rest
    }

    /// Tuples whose places have no value in common have no equal items.
    private mutating func refuseEqualItems(
        _ shape: ArrayShape, _ high: Int?, at path: String
    ) throws(GrammarError) {
        let problem = GrammarError.schema(
            path: path, problem: "'uniqueItems' is not supported beside 'prefixItems' whose values may be equal")
        guard let high, high <= shape.prefix.count else { throw problem }
        for first in 0..<high {
            for second in 0..<first {
                let both = try survey.normalizer.conjunction(shape.prefix[first], shape.prefix[second], at: path)
                guard try survey.normalizer.isEmpty(both, at: path) else { throw problem }
            }
        }
    }

    /// Some of these values, each once: in any order if they are few, otherwise in the order of the list.
    private mutating func distinct(
        _ values: [Literal], _ low: Int, _ high: Int, _ layout: Layout, at path: String
    ) throws(GrammarError) -> Expression {
        let items = values.map { JSONPrimitives.literal($0.value.text) }
        guard values.count <= Self.permutedValues else {
            let slots = items.map { Slot(expression: $0, isRequired: false) }
            return try sequence(of: slots, others: nil, low, min(high, values.count), layout, at: path)
        }
        let comma = spaces(layout).comma
        let all = 1 << values.count
        var after = [Expression?](repeating: nil, count: all)
        for used in (0..<all).reversed() {
            let count = used.nonzeroBitCount
            guard count <= high else { continue }
            var alternatives: [Expression] = count >= low ? [.empty] : []
            for index in values.indices where used >> index & 1 == 0 && count < high {
                guard let rest = after[used | 1 << index] else { continue }
                alternatives.append(.sequence(used == 0 ? [items[index], rest] : [comma, items[index], rest]))
            }
            guard !alternatives.isEmpty else { continue }
            after[used] = alternatives.count == 1 ? alternatives[0] : rule("values", .choice(alternatives))
        }
        return after[0] ?? .empty
    }

    /// Values that come in any order; each more doubles the rules.
    private static let permutedValues = 7
}
