internal import JSON

/// Intersections of sets of values.
extension SchemaNormalizer {
    /// Leaves those values of a set that meet a constraint.
    mutating func apply(
        _ constraint: SchemaFacts.Constraint, to set: inout ValueSet
    ) throws(GrammarError) {
        languages.path = constraint.path
        switch constraint.kind {
        case .types(let types, let wholeOnly):
            set.keep(types)
            guard wholeOnly else { return }
            try apply(NumberRange(wholeOnly: true, at: constraint.path), to: &set, at: constraint.path)
        case .literals(let values):
            var kept: [Literal] = []
            let listed = set.literals.count > 8 ? Set(set.literals) : []
            for value in values {
                if listed.contains(value) {
                    kept.append(value)
                } else if try contains(value, set, outer: false) {
                    kept.append(value)
                }
            }
            set = ValueSet(literals: kept)
        case .numbers(let range):
            try apply(range, to: &set, at: constraint.path)
        case .texts(let shape):
            var texts: [TextShape] = []
            for text in set.texts {
                if let both = try intersection(text, shape) { texts.append(both) }
            }
            set.texts = texts
            set.literals.removeAll { value in
                value.value.string.map { !languages.contains($0, shape, outer: false) } ?? false
            }
        case .arrays(let shape):
            var arrays: [ArrayShape] = []
            for array in set.arrays {
                if let both = try intersection(array, shape, at: constraint.path) { arrays.append(both) }
            }
            set.arrays = arrays
            try keepLiterals(of: .array, &set, constraint)
        case .objects(let shape):
            var objects: [ObjectShape] = []
            for object in set.objects {
                if let both = try intersection(object, shape, at: constraint.path) { objects.append(both) }
            }
            set.objects = objects
            try keepLiterals(of: .object, &set, constraint)
        }
    }

    private func apply(
        _ range: NumberRange, to set: inout ValueSet, at path: String
    ) throws(GrammarError) {
        var numbers: [NumberRange] = []
        for other in set.numbers {
            if let both = try other.common(range, at: path) { numbers.append(both) }
        }
        set.numbers = numbers
        set.literals.removeAll { $0.type == .number && !range.contains($0) }
    }

    private mutating func keepLiterals(
        of type: JSONType, _ set: inout ValueSet, _ constraint: SchemaFacts.Constraint
    ) throws(GrammarError) {
        guard set.literals.contains(where: { $0.type == type }) else { return }
        var kept: [Literal] = []
        for literal in set.literals {
            if literal.type != type {
                kept.append(literal)
            } else if try meets(literal, constraint, outer: false) {
                kept.append(literal)
            }
        }
        set.literals = kept
    }

    mutating func intersection(_ a: TextShape, _ b: TextShape) throws(GrammarError) -> TextShape? {
        let shape = TextShape(
            inner: try languages.intersection(a.inner, b.inner), outer: try languages.intersection(a.outer, b.outer),
            minLength: max(a.minLength, b.minLength), maxLength: Self.smaller(a.maxLength, b.maxLength))
        return try languages.isImpossible(shape) ? nil : shape
    }

    mutating func intersection(
        _ a: ArrayShape, _ b: ArrayShape, at path: String
    ) throws(GrammarError) -> ArrayShape? {
        var shape = ArrayShape(
            rest: try conjunction(a.rest, b.rest, at: path), minCount: max(a.minCount, b.minCount),
            maxCount: Self.smaller(a.maxCount, b.maxCount), isUnique: a.isUnique || b.isUnique)
        for index in 0..<max(a.prefix.count, b.prefix.count) {
            shape.prefix.append(try conjunction(a.item(index), b.item(index), at: path))
        }
        return isPossible(shape) ? shape : nil
    }

    /// Whether there may be such an array, as far as can be decided without looking at its items' schemas.
    func isPossible(_ shape: ArrayShape) -> Bool {
        guard shape.minCount <= shape.maxCount ?? .max else { return false }
        if shape.minCount > shape.prefix.count, shape.rest == .none { return false }
        return !shape.prefix.prefix(shape.minCount).contains(.none)
    }

    mutating func intersection(
        _ a: ObjectShape, _ b: ObjectShape, at path: String
    ) throws(GrammarError) -> ObjectShape? {
        var shape = ObjectShape(
            properties: a.properties, classes: a.classes, required: a.required,
            minCount: max(a.minCount, b.minCount), maxCount: Self.smaller(a.maxCount, b.maxCount))
        try spend(a.properties.count + b.properties.count + a.required.count + b.required.count, at: path)
        if !b.required.isEmpty {
            let known = Set(a.required)
            shape.required += b.required.filter { !known.contains($0) }
        }
        let isPlain = b.classes == ObjectShape.all.classes
        if !isPlain || !b.properties.isEmpty {
            let inB = Dictionary(b.properties.map { ($0.name, $0.value) }) { first, _ in first }
            var inA: Set<ExactText> = []
            for index in a.properties.indices {
                let property = a.properties[index]
                inA.insert(property.name)
                let other = inB[property.name] ?? value(of: property.name, in: b.classes)
                shape.properties[index].value = try conjunction(property.value, other, at: path)
            }
            for property in b.properties where !inA.contains(property.name) {
                let other = value(of: property.name, in: a.classes)
                shape.properties.append(
                    .init(name: property.name, value: try conjunction(other, property.value, at: path)))
            }
        }
        if !isPlain {
            shape.classes = []
            for first in a.classes {
                for second in b.classes {
                    let names = try languages.intersection(first.names, second.names)
                    guard !languages.isEmpty(names) else { continue }
                    try spend(1, at: path)
                    shape.classes.append(
                        .init(
                            names: names, value: try conjunction(first.value, second.value, at: path),
                            isAsked: first.isAsked || second.isAsked))
                }
            }
        }
        return isPossible(shape) ? shape : nil
    }

    /// Whether there may be such an object, as far as can be decided without looking at its members' schemas.
    func isPossible(_ shape: ObjectShape) -> Bool {
        let high = shape.maxCount ?? .max
        guard shape.minCount <= high, shape.required.count <= high else { return false }
        let isClosed = shape.classes.allSatisfy { $0.value == .none }
        guard !shape.required.isEmpty || (isClosed && shape.minCount > 0) else { return true }
        let listed = Dictionary(shape.properties.map { ($0.name, $0.value) }) { first, _ in first }
        for name in shape.required where listed[name] ?? value(of: name, in: shape.classes) == .none { return false }
        return !isClosed || shape.minCount <= shape.properties.count { $0.value != .none }
    }

    /// The schema of a member that is not listed.
    func value(of name: ExactText, in classes: [ObjectShape.NameClass]) -> SchemaTerm {
        if classes.count == 1, classes[0].names == TextLanguages.all { return classes[0].value }
        return classes.first { languages.contains(name.text, $0.names) }?.value ?? .all
    }

    /// The schema of a member.
    func value(of name: ExactText, in shape: ObjectShape) -> SchemaTerm {
        shape.properties.first { $0.name == name }?.value ?? value(of: name, in: shape.classes)
    }

    static func smaller(_ a: Int?, _ b: Int?) -> Int? {
        guard let a, let b else { return a ?? b }
        return a < b ? a : b
    }

    /// Shapes that add values to the others. One that lists the same members and asks for more is left out.
    func withoutCovered(_ shapes: [ObjectShape]) -> [ObjectShape] {
        guard shapes.count > 1, shapes.count <= 64 else { return shapes }
        var kept: [ObjectShape] = []
        for (index, shape) in shapes.enumerated() {
            let isCovered = shapes.enumerated().contains { place, other in
                place != index && covers(other, shape) && (place < index || !covers(shape, other))
            }
            if !isCovered { kept.append(shape) }
        }
        return kept
    }

    private func covers(_ a: ObjectShape, _ b: ObjectShape) -> Bool {
        a.classes == b.classes && a.properties.count == b.properties.count
            && zip(a.properties, b.properties).allSatisfy { $0.name == $1.name && implies($1.value, $0.value) }
            && Set(a.required).isSubset(of: b.required) && a.minCount <= b.minCount
            && (a.maxCount ?? .max) >= (b.maxCount ?? .max)
    }
}
