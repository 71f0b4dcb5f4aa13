/// Whether there is no value, as far as can be decided: recursive schemas, and what is too deep, are taken to have one.
extension SchemaNormalizer {
    /// Levels that are looked at beneath each other.
    private static let depthLimit = 40

    mutating func isEmpty(_ term: SchemaTerm, at path: String) throws(GrammarError) -> Bool {
        if term == .all { return false }
        if term == .none { return true }
        if let known = knownEmpty[term] { return known }
        guard nesting < Self.depthLimit else { return false }
        guard let branches = try branches(of: term, at: path) else { return false }
        var result = true
        for branch in branches where try !isEmpty(branch.set) {
            result = false
            break
        }
        knownEmpty[term] = result
        return result
    }

    private mutating func isEmpty(_ set: ValueSet) throws(GrammarError) -> Bool {
        guard set.literals.isEmpty, set.numbers.isEmpty, set.texts.isEmpty else { return false }
        for shape in set.arrays where try !isEmpty(shape) { return false }
        for shape in set.objects where try !isEmpty(shape) { return false }
        return true
    }

    mutating func isEmpty(_ shape: ArrayShape) throws(GrammarError) -> Bool {
        guard isPossible(shape) else { return true }
        nesting += 1
        defer { nesting -= 1 }
        for index in 0..<min(shape.minCount, shape.prefix.count + 1) {
            let item = shape.item(index)
            if try isEmpty(item, at: path(of: item)) { return true }
        }
        return false
    }

    private mutating func isEmpty(_ shape: ObjectShape) throws(GrammarError) -> Bool {
        guard isPossible(shape) else { return true }
        nesting += 1
        defer { nesting -= 1 }
        for name in shape.required {
            let value = value(of: name, in: shape)
            if try isEmpty(value, at: path(of: value)) { return true }
        }
        return false
    }

    /// Whether no object is of both shapes: most often since a member that one of them requires has another constant in
    /// the other.
    mutating func exclude(
        _ a: ObjectShape, _ b: ObjectShape, at path: String
    ) throws(GrammarError) -> Bool {
        let high = Self.smaller(a.maxCount, b.maxCount) ?? .max
        let required = Set(a.required).union(b.required)
        guard max(a.minCount, b.minCount) <= high, required.count <= high else { return true }
        nesting += 1
        defer { nesting -= 1 }
        for name in a.required + b.required {
            let both = try conjunction(value(of: name, in: a), value(of: name, in: b), at: path)
            if try isEmpty(both, at: path) { return true }
        }
        return false
    }
}
