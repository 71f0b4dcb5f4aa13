/// The sets of values that a schema is written of, and which of them have a value that ends.
struct SchemaSurvey {
    var normalizer: SchemaNormalizer
    private(set) var sets: [SchemaTerm: ValueSet] = [.all: .all, .none: ValueSet()]
    private var possible: Set<SchemaTerm> = [.all]
    private var order: [SchemaTerm] = []

    /// Looks at a conjunction and all that its arrays and objects have within.
    init(_ normalizer: SchemaNormalizer, root: SchemaTerm) throws(GrammarError) {
        self.normalizer = normalizer
        var found = 0
        try add(root)
        while found < order.count {
            guard let set = sets[order[found]] else { break }
            found += 1
            for shape in set.arrays {
                for item in shape.prefix { try add(item) }
                try add(shape.rest)
            }
            for shape in set.objects {
                for property in shape.properties { try add(property.value) }
                for others in shape.classes { try add(others.value) }
                for name in shape.required { try add(self.normalizer.value(of: name, in: shape)) }
            }
        }
        try findPossible()
    }

    private mutating func add(_ term: SchemaTerm) throws(GrammarError) {
        guard sets[term] == nil else { return }
        var set = ValueSet()
        for branch in try normalizer.branches(of: term, at: normalizer.path(of: term)) ?? [] {
            var values = branch.set
            if !branch.isTyped, !branch.hints.isEmpty { values.keep(branch.hints) }
            set.formUnion(values)
        }
        sets[term] = set
        order.append(term)
    }

    /// Whether a value of the conjunction can be written.
    func isPossible(_ term: SchemaTerm) -> Bool { possible.contains(term) }

    /// Until nothing changes. What is within most often comes later in the order, so that few rounds are enough.
    private mutating func findPossible() throws(GrammarError) {
        var open = Array(order.reversed())
        var count = -1
        while open.count != count {
            count = open.count
            try normalizer.spend(count, at: "#")
            var left: [SchemaTerm] = []
            for term in open {
                if let set = sets[term], try hasValue(set) {
                    possible.insert(term)
                } else {
                    left.append(term)
                }
            }
            open = left.reversed()
        }
    }

    private mutating func hasValue(_ set: ValueSet) throws(GrammarError) -> Bool {
        if !set.literals.isEmpty || !set.numbers.isEmpty { return true }
        for shape in set.texts where try canBeWritten(shape) { return true }
        for shape in set.arrays where try canBeWritten(shape) { return true }
        return set.objects.contains { canBeWritten($0) }
    }

    mutating func canBeWritten(_ shape: TextShape) throws(GrammarError) -> Bool {
        try !normalizer.languages.isEmpty(shape)
    }

    mutating func canBeWritten(_ shape: ArrayShape) throws(GrammarError) -> Bool {
        for index in 0..<min(shape.minCount, shape.prefix.count + 1) where !possible.contains(shape.item(index)) {
            return false
        }
        guard shape.isUnique, shape.minCount > 1, shape.prefix.isEmpty, let values = domain(of: shape.rest) else {
            return true
        }
        return shape.minCount <= values.count
    }

    func canBeWritten(_ shape: ObjectShape) -> Bool {
        let listed = Dictionary(shape.properties.map { ($0.name, $0.value) }) { first, _ in first }
        for name in shape.required {
            let value = listed[name] ?? normalizer.value(of: name, in: shape.classes)
            guard possible.contains(value) else { return false }
        }
        if shape.classes.contains(where: { possible.contains($0.value) }) { return true }
        return shape.minCount <= shape.properties.count { possible.contains($0.value) }
    }

    /// All values of a conjunction, if they are few.
    func domain(of term: SchemaTerm) -> [Literal]? {
        guard let set = sets[term], set.texts.isEmpty, set.arrays.isEmpty, set.objects.isEmpty else { return nil }
        var values = set.literals
        for range in set.numbers {
            guard let numbers = range.wholeNumbers(max: Self.domainLimit) else { return nil }
            for number in numbers where !values.contains(number) { values.append(number) }
        }
        return values.count <= Self.domainLimit ? values : nil
    }

    /// The values of an enumeration whose items must differ.
    static let domainLimit = 1_000
}

// MARK: Why there is no value

extension SchemaSurvey {
    /// Says which keywords leave no value to a conjunction.
    mutating func explanation(of term: SchemaTerm) throws(GrammarError) -> GrammarError {
        var term = term
        var seen: Set<SchemaTerm> = []
        while seen.insert(term).inserted {
            let path = normalizer.path(of: term)
            if term == .none { return .schema(path: path, problem: "false describes no value") }
            if let conflict = normalizer.conflicts[term] { return try explanation(of: conflict, at: path) }
            guard let set = sets[term] else { break }
            if set.isEmpty { return try explanation(of: hinted(term), at: path) }
            if let name = impossibleMember(of: set) {
                let value = normalizer.value(of: name, in: set.objects[0])
                guard value != .none else {
                    return .schema(
                        path: path,
                        problem: "'required' asks for the member '\(name.text)', which its other keywords do not allow")
                }
                term = value
            } else if let item = set.arrays.first.map({ shape in (0..<shape.minCount).map { shape.item($0) } })?
                .first(where: { !isPossible($0) })
            {
                term = item
            } else {
                return .schema(
                    path: path,
                    problem: "no string that is written for its 'format' meets its 'pattern' and lengths too")
            }
        }
        return .schema(
            path: normalizer.path(of: term), problem: "every value contains another one of its kind, without end")
    }

    private func impossibleMember(of set: ValueSet) -> ExactText? {
        set.objects.first?.required.first { !isPossible(normalizer.value(of: $0, in: set.objects[0])) }
    }

    /// The constraints of a conjunction, and the types that it has keywords of.
    private mutating func hinted(_ term: SchemaTerm) throws(GrammarError) -> [SchemaFacts.Constraint] {
        let parts = try normalizer.gather(term)
        let hints = parts.reduce(into: Set<JSONType>()) { $0.formUnion($1.facts.hints) }
        return parts.flatMap(\.facts.constraints)
            + [.init(kind: .types(hints, wholeOnly: false), keyword: "", path: normalizer.path(of: term))]
    }

    /// Leaves out each constraint without which there is still no value, and names the others.
    private mutating func explanation(
        of constraints: [SchemaFacts.Constraint], at path: String
    ) throws(GrammarError) -> GrammarError {
        var kept = constraints
        var index = 0
        while index < kept.count {
            var fewer = kept
            fewer.remove(at: index)
            var set = ValueSet.all
            for constraint in fewer { try normalizer.apply(constraint, to: &set) }
            if set.isEmpty { kept = fewer } else { index += 1 }
        }
        let place = kept.last?.path ?? path
        let names = kept.filter { !$0.keyword.isEmpty }.map { constraint in
            "'\(constraint.keyword)'" + (constraint.path == place ? "" : " (\(constraint.path))")
        }
        switch kept.last?.keyword {
        case "false": return .schema(path: place, problem: "false describes no value")
        case "anyOf", "oneOf", "dependentRequired", "dependentSchemas", "dependencies":
            return .schema(
                path: place, problem: "\(names.joined()): no alternative has a value that the other keywords allow")
        case "not":
            return .schema(path: place, problem: "'not' excludes every value that the other keywords allow")
        default: break
        }
        guard names.count > 1 else {
            return .schema(path: place, problem: "\(names.first ?? "it") allows no value")
        }
        let list = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        return .schema(path: place, problem: "\(list) allow no value together")
    }
}
