internal import JSON

/// Which keyword asks for values to be taken away, for the error where that cannot be done exactly.
struct Inexactness {
    let keyword: String
    let path: String

    func error(_ problem: String) -> GrammarError {
        let advice = keyword == "oneOf" ? "use 'anyOf', or alternatives that exclude each other" : "say what is allowed"
        return .schema(path: path, problem: "'\(keyword)' cannot be kept to exactly, for \(problem); \(advice)")
    }
}

/// Differences of sets of values. A shape that is subtracted is the conjunction of simple conditions:
/// what is left violates one of them.
extension SchemaNormalizer {
    mutating func subtract(
        _ other: ValueSet, from set: inout ValueSet, _ reason: Inexactness
    ) throws(GrammarError) {
        try spend(set.count + other.count, at: reason.path)
        var literals: [Literal] = []
        for literal in set.literals where try !contains(literal, other, outer: true) { literals.append(literal) }
        set.literals = literals
        try subtractNumbers(other, from: &set, reason)
        try subtractTexts(other, from: &set)
        for removed in other.arrays {
            var left: [ArrayShape] = []
            for shape in set.arrays { left += try subtraction(of: removed, from: shape, reason) }
            set.arrays = left
        }
        for removed in other.objects {
            var left: [ObjectShape] = []
            for shape in set.objects { left += try subtraction(of: removed, from: shape, reason) }
            set.objects = left
        }
        try subtractLiterals(other.literals, from: &set, reason)
        guard set.count <= Self.shapeLimit else { throw reason.error("too many cases are left") }
    }

    private func subtractNumbers(
        _ other: ValueSet, from set: inout ValueSet, _ reason: Inexactness
    ) throws(GrammarError) {
        let points = other.literals.filter { $0.type == .number }
        for removed in other.numbers {
            var left: [NumberRange] = []
            for range in set.numbers {
                guard let rest = try range.subtracting(removed, at: reason.path) else {
                    throw reason.error("numbers that are not whole, or no multiples, cannot be written alone")
                }
                left += rest
            }
            set.numbers = left
        }
        for point in points {
            var left: [NumberRange] = []
            for range in set.numbers { left += try range.removing(point, at: reason.path) }
            set.numbers = left
        }
    }

    private mutating func subtractTexts(_ other: ValueSet, from set: inout ValueSet) throws(GrammarError) {
        for removed in other.texts {
            var left: [TextShape] = []
            for shape in set.texts {
                guard try intersection(shape, removed) != nil else {
                    left.append(shape)
                    continue
                }
                var parts: [TextShape] = []
                if removed.inner != TextLanguages.all {
                    parts.append(
                        TextShape(
                            inner: try languages.complement(removed.outer),
                            outer: try languages.complement(removed.inner)))
                }
                if removed.minLength > 0 { parts.append(TextShape(maxLength: removed.minLength - 1)) }
                if let high = removed.maxLength { parts.append(TextShape(minLength: high + 1)) }
                for part in parts {
                    if let both = try intersection(shape, part) { left.append(both) }
                }
            }
            set.texts = left
        }
        let texts = other.literals.compactMap { $0.value.string }
        for index in set.texts.indices {
            let removed = texts.filter { languages.contains($0, set.texts[index], outer: true) }
            guard !removed.isEmpty else { continue }
            let others = try languages.complement(languages.texts(removed))
            set.texts[index] =
                try intersection(set.texts[index], TextShape(inner: others, outer: others))
                ?? TextShape(minLength: 1, maxLength: 0)
        }
        set.texts.removeAll { $0.minLength > $0.maxLength ?? .max }
    }

    /// Takes listed arrays and objects from shapes that have them. Only the empty ones can be.
    private mutating func subtractLiterals(
        _ literals: [Literal], from set: inout ValueSet, _ reason: Inexactness
    ) throws(GrammarError) {
        for literal in literals {
            switch literal.value {
            case .array(let items):
                for index in set.arrays.indices where try contains(items, set.arrays[index], outer: true) {
                    guard items.isEmpty else { throw reason.error("one array among others cannot be left out") }
                    set.arrays[index].minCount = max(1, set.arrays[index].minCount)
                }
            case .object(let members):
                for index in set.objects.indices where try contains(members, set.objects[index], outer: true) {
                    guard members.isEmpty else { throw reason.error("one object among others cannot be left out") }
                    set.objects[index].minCount = max(1, set.objects[index].minCount)
                }
            default: break
            }
        }
        set.arrays.removeAll { !isPossible($0) }
        set.objects.removeAll { !isPossible($0) }
    }

    private mutating func subtraction(
        of removed: ArrayShape, from shape: ArrayShape, _ reason: Inexactness
    ) throws(GrammarError) -> [ArrayShape] {
        guard let both = try intersection(shape, removed, at: reason.path), try !isEmpty(both) else { return [shape] }
        var left: [ArrayShape] = []
        if shape.minCount < removed.minCount {
            var short = shape
            short.maxCount = Self.smaller(shape.maxCount, removed.minCount - 1)
            left.append(short)
        }
        if let high = removed.maxCount, (shape.maxCount ?? .max) > high {
            var long = shape
            long.minCount = max(shape.minCount, high + 1)
            left.append(long)
        }
        var end = removed.prefix.count
        if !implies(shape.rest, removed.rest), (shape.maxCount ?? .max) > shape.prefix.count {
            guard let high = shape.maxCount, high <= Self.expandedItems else {
                throw reason.error("an array with one item of another kind cannot be told from the others")
            }
            end = max(end, high)
        }
        for index in 0..<min(max(end, shape.prefix.count), shape.maxCount ?? .max) {
            guard !implies(shape.item(index), removed.item(index)) else { continue }
            var other = shape
            while other.prefix.count <= index { other.prefix.append(other.rest) }
            let negated = try negation(removed.item(index), at: reason.path)
            other.prefix[index] = try conjunction(shape.item(index), negated, at: reason.path)
            other.minCount = max(shape.minCount, index + 1)
            left.append(other)
        }
        if removed.isUnique, !shape.isUnique, (shape.maxCount ?? .max) > 1 {
            throw reason.error("arrays with equal items cannot be written alone")
        }
        return left.filter { isPossible($0) }
    }

    /// Max length of arrays that are subtracted item by item.
    private static let expandedItems = 16

    private mutating func subtraction(
        of removed: ObjectShape, from shape: ObjectShape, _ reason: Inexactness
    ) throws(GrammarError) -> [ObjectShape] {
        guard try !exclude(shape, removed, at: reason.path) else { return [shape] }
        var left: [ObjectShape] = []
        for name in removed.required where !shape.required.contains(name) {
            left.append(with(name, .none, required: false, in: shape))
        }
        if max(shape.minCount, shape.required.count) < removed.minCount {
            var small = shape
            small.maxCount = Self.smaller(shape.maxCount, removed.minCount - 1)
            left.append(small)
        }
        if let high = removed.maxCount, (shape.maxCount ?? .max) > high {
            var large = shape
            large.minCount = max(shape.minCount, high + 1)
            left.append(large)
        }
        var names = removed.properties.map(\.name)
        let listed = Set(names)
        names += shape.properties.map(\.name).filter { !listed.contains($0) }
        for name in names {
            let present = value(of: name, in: shape), wanted = value(of: name, in: removed)
            guard !implies(present, wanted) else { continue }
            let other = try conjunction(present, negation(wanted, at: reason.path), at: reason.path)
            left.append(with(name, other, required: true, in: shape))
        }
        for first in shape.classes where first.value != .none {
            for second in removed.classes where !implies(first.value, second.value) {
                guard try languages.areDisjoint(first.names, second.names) else {
                    throw reason.error("an object with one more member cannot be told from the others")
                }
            }
        }
        try spend(left.count * (1 + shape.properties.count), at: reason.path)
        return left.filter { isPossible($0) }
    }

    private func with(_ name: ExactText, _ value: SchemaTerm, required: Bool, in shape: ObjectShape) -> ObjectShape {
        var result = shape
        if let index = shape.properties.firstIndex(where: { $0.name == name }) {
            result.properties[index].value = value
        } else {
            result.properties.append(.init(name: name, value: value))
        }
        if required, !shape.required.contains(name) { result.required.append(name) }
        return result
    }
}
