internal import JSON

extension SchemaWriter {
    /// A member or item at its place in a list.
    struct Slot {
        var expression: Expression
        var isRequired: Bool
    }

    /// Members that are not listed: any of them, and some whose names are sure to differ.
    struct Others {
        var any: Expression
        var distinct: [Expression]
    }

    /// The listed members in their order, then others.
    ///
    /// - Parameter layout: within the object.
    mutating func members(
        _ shape: ObjectShape, _ layout: Layout, at path: String
    ) throws(GrammarError) -> Expression {
        let required = Set(shape.required)
        var properties = shape.properties
        let listed = Set(properties.map(\.name))
        for name in shape.required where !listed.contains(name) {
            properties.append(.init(name: name, value: survey.normalizer.value(of: name, in: shape.classes)))
        }
        var slots: [Slot] = []
        for property in properties where survey.isPossible(property.value) {
            let name = JSONPrimitives.literal(JSONValue.quoted(property.name.text))
            let member = JSONPrimitives.member(name, value(property.value, layout), layout)
            slots.append(Slot(expression: rule("member", member), isRequired: required.contains(property.name)))
        }
        let isWanted =
            slots.isEmpty || slots.count < shape.minCount || shape.classes.contains { $0.isAsked && $0.value != .none }
        let hasRoom = slots.count { $0.isRequired } < shape.maxCount ?? .max
        let others =
            isWanted && hasRoom
            ? try others(shape, properties.map(\.name.text), missing: shape.minCount, layout, at: path) : nil
        return try sequence(of: slots, others: others, shape.minCount, shape.maxCount ?? .max, layout, at: path)
    }

    private mutating func others(
        _ shape: ObjectShape, _ listed: [String], missing: Int, _ layout: Layout, at path: String
    ) throws(GrammarError) -> Others? {
        let isAsked = shape.classes.contains { $0.isAsked && $0.value != .none }
        var classes: [(names: Int, value: Expression)] = []
        for others in shape.classes where survey.isPossible(others.value) && (others.isAsked || !isAsked) {
            var names = others.names
            let excluded = listed.filter { survey.normalizer.languages.contains($0, names) }
            if !excluded.isEmpty {
                let different = try survey.normalizer.languages.complement(survey.normalizer.languages.texts(excluded))
                names = try survey.normalizer.languages.intersection(names, different)
            }
            if survey.normalizer.languages.isEmpty(names) { continue }
            classes.append((names, value(others.value, layout)))
        }
        guard !classes.isEmpty else { return nil }
        var distinct: [Expression] = []
        // The lengths of their names differ, divided by how many there must be.
        if missing > 1, missing <= Self.distinctLimit {
            for remainder in 0..<missing {
                let pattern = "^(?:[\\s\\S]{\(missing)})*[\\s\\S]{\(remainder)}$"
                let lengths = try survey.normalizer.languages.pattern(pattern, at: path)
                var alternatives: [Expression] = []
                for (names, value) in classes {
                    let some = try survey.normalizer.languages.intersection(names, lengths)
                    if survey.normalizer.languages.isEmpty(some) { continue }
                    alternatives.append(JSONPrimitives.member(try name(some, at: path), value, layout))
                }
                if alternatives.isEmpty { break }
                distinct.append(rule("member", .choice(alternatives)))
            }
        }
        var alternatives: [Expression] = []
        for (names, value) in classes {
            alternatives.append(JSONPrimitives.member(try name(names, at: path), value, layout))
        }
        return Others(any: rule("member", .choice(alternatives)), distinct: distinct)
    }

    /// Distinguishable members beyond the listed ones.
    private static let distinctLimit = 16

    /// Slots in their order, those that need not be there or not, then others; a comma between any two.
    ///
    /// There is a rule for each place in the list and each count of what came before, as far as counts matter: whether
    /// there was any, so that a comma must come first, and how many there were, where `low` or `high` limit them.
    mutating func sequence(
        of slots: [Slot], others: Others?, _ low: Int, _ high: Int, _ layout: Layout, at path: String
    ) throws(GrammarError) -> Expression {
        let comma = spaces(layout).comma
        let isLowered = low > slots.count { $0.isRequired }
        let isLimited = others != nil ? high < .max : high < slots.count
        let maxCounted = max(1, isLowered ? low : 0, isLimited ? min(high, slots.count + 1) : 0)
        guard maxCounted <= Self.countLimit / (slots.count + 1) else {
            throw .schema(path: path, problem: "too many members or items to count: use smaller bounds")
        }
        // The rest of the object, by the count so far; nil where nothing can make the list valid any more.
        var after: [Expression?] = []
        for count in 0...min(slots.count, maxCounted) {
            guard !isLimited || count <= high else {
                after.append(nil)
                continue
            }
            let missing = isLowered ? max(0, low - count) : 0, room = isLimited ? high - count : nil
            after.append(try tail(others, missing, room, isFirst: count == 0, layout, at: path))
        }
        for (index, slot) in slots.enumerated().reversed() {
            var before: [Expression?] = []
            for count in 0...min(index, maxCounted) {
                let next = min(count + 1, maxCounted)
                let isFull = isLimited && count >= high
                let with =
                    isFull
                    ? nil
                    : after[next].map { rest in
                        Expression.sequence(count == 0 ? [slot.expression, rest] : [comma, slot.expression, rest])
                    }
                switch (with, slot.isRequired ? nil : after[count]) {
                case (nil, nil): before.append(nil)
                case (let only?, nil), (nil, let only?): before.append(rule("list", only))
                case (let with?, let without?): before.append(rule("list", .choice([with, without])))
                }
            }
            after = before
        }
        guard let result = after[0] else {
            throw .schema(path: path, problem: "no list of its members or items has as many as it must have")
        }
        return result
    }

    /// Others to the end: at least `missing` that differ, at most `room`.
    private mutating func tail(
        _ others: Others?, _ missing: Int, _ room: Int?, isFirst: Bool, _ layout: Layout, at path: String
    ) throws(GrammarError) -> Expression? {
        guard let others else { return missing == 0 ? .empty : nil }
        guard missing <= room ?? .max else { return nil }
        if room == 0 { return .empty }
        let comma = spaces(layout).comma
        let more = Expression.sequence([comma, others.any])
        guard missing > 1 else {
            return isFirst
                ? list(others.any, missing, room, layout)
                : .repetition(more, min: missing, max: room)
        }
        guard missing <= others.distinct.count else {
            throw .schema(
                path: path,
                problem:
                    "'minProperties' asks for \(missing) members that are not listed; name them in 'properties', or "
                    + "ask for fewer")
        }
        var items: [Expression] = []
        for member in others.distinct[..<missing] {
            if !isFirst || !items.isEmpty { items.append(comma) }
            items.append(member)
        }
        return .sequence(items + [.repetition(more, min: 0, max: room.map { $0 - missing })])
    }
}
