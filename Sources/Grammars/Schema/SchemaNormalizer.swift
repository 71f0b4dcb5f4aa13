internal import JSON

/// Intersects schemas: finds the set of values that a conjunction of schemas has, with their references, alternatives
/// and negations resolved one level deep. What is within arrays and objects stays a conjunction of schemas, by number.
///
/// A document has finitely many schemas, so recursive ones end: equal conjunctions are looked at once. Work, the depth
/// of alternatives within each other and the number of conjunctions are bounded.
struct SchemaNormalizer {
    enum Node {
        case schema(SchemaDocument.Place)
        case not(SchemaTerm, path: String)
    }

    /// One way in which a value may meet a conjunction.
    struct Branch {
        var set: ValueSet
        /// A schema names the types; if none does, only values of the types that it has keywords of are written.
        var isTyped = false
        var hints: Set<JSONType> = []
    }

    static let tupleLimit = 4_096
    private static let termLimit = 20_000
    private static let workLimit = 300_000
    static let nestingLimit = 100
    /// Shapes of one set.
    static let shapeLimit = 4_000

    let document: SchemaDocument
    var languages = TextLanguages()
    private(set) var nodes: [Node] = []
    var knownFacts: [Int: SchemaFacts] = [:]
    /// The constraints that made a conjunction empty.
    private(set) var conflicts: [SchemaTerm: [SchemaFacts.Constraint]] = [:]
    /// Whether conjunctions that were looked at have no value.
    var knownEmpty: [SchemaTerm: Bool] = [:]
    var nesting = 0
    private var nodeNumbers: [String: Int] = [:]
    private var negationNumbers: [SchemaTerm: Int] = [:]
    private var terms: [[Int]] = [[], []]
    private var termNumbers: [[Int]: SchemaTerm] = [[]: .all]
    private var knownBranches: [SchemaTerm: [Branch]] = [:]
    private var open: Set<SchemaTerm> = []
    private var lastConflict: [SchemaFacts.Constraint] = []
    private var work = 0

    init(_ document: SchemaDocument) {
        self.document = document
    }

    mutating func spend(_ amount: Int, at path: String) throws(GrammarError) {
        work += amount
        guard work <= Self.workLimit else {
            throw .schema(
                path: path,
                problem: "its alternatives ('anyOf', 'oneOf', 'allOf', 'not') have too many combinations; "
                    + "write fewer of them beside or within each other")
        }
    }

    // MARK: Conjunctions

    mutating func term(_ place: SchemaDocument.Place) throws(GrammarError) -> SchemaTerm {
        var place = place
        var seen: Set<String> = []
        while let target = try document.target(of: place) {
            guard seen.insert(place.path).inserted else { break }
            place = target
        }
        switch place.schema {
        case .bool(true): return .all
        case .bool(false): return .none
        case .object(let members):
            if members.isEmpty { return .all }
        default: throw .schema(path: place.path, problem: "a schema is an object, true or false")
        }
        if let known = nodeNumbers[place.path] { return try conjunction([known], at: place.path) }
        nodes.append(.schema(place))
        nodeNumbers[place.path] = nodes.count - 1
        return try conjunction([nodes.count - 1], at: place.path)
    }

    /// The values that the conjunction does not have.
    mutating func negation(_ term: SchemaTerm, at path: String) throws(GrammarError) -> SchemaTerm {
        if term == .all { return .none }
        if term == .none { return .all }
        // Double negation is assertion: recursive negations come to an end.
        if schemas(of: term).count == 1, case .not(let inner, _) = nodes[schemas(of: term)[0]] { return inner }
        if let known = negationNumbers[term] { return try conjunction([known], at: path) }
        nodes.append(.not(term, path: path))
        negationNumbers[term] = nodes.count - 1
        return try conjunction([nodes.count - 1], at: path)
    }

    mutating func conjunction(_ a: SchemaTerm, _ b: SchemaTerm, at path: String) throws(GrammarError) -> SchemaTerm {
        if a == b || b == .all { return a }
        if a == .all { return b }
        if a == .none || b == .none { return .none }
        return try conjunction(Set(terms[a.index] + terms[b.index]).sorted(), at: path)
    }

    private mutating func conjunction(_ nodes: [Int], at path: String) throws(GrammarError) -> SchemaTerm {
        if let known = termNumbers[nodes] { return known }
        try spend(nodes.count, at: path)
        guard terms.count < Self.termLimit else {
            throw .schema(path: path, problem: "its schemas have more than \(Self.termLimit) combinations")
        }
        terms.append(nodes)
        termNumbers[nodes] = SchemaTerm(index: terms.count - 1)
        return SchemaTerm(index: terms.count - 1)
    }

    func schemas(of term: SchemaTerm) -> [Int] { terms[term.index] }

    /// Where the first of its schemas is.
    func path(of term: SchemaTerm) -> String {
        guard let first = terms[term.index].first else { return "#" }
        return switch nodes[first] {
        case .schema(let place): place.path
        case .not(_, let path): path
        }
    }

    /// Whether all values of one are values of the other, as far as their schemas tell at a glance.
    func implies(_ a: SchemaTerm, _ b: SchemaTerm) -> Bool {
        if a == b || b == .all || a == .none { return true }
        if b == .none { return false }
        return Set(terms[a.index]).isSuperset(of: terms[b.index])
    }

    // MARK: Values

    /// - Returns: nil while the conjunction is being looked at: it refers to itself.
    mutating func branches(of term: SchemaTerm, at path: String) throws(GrammarError) -> [Branch]? {
        if term == .none { return [] }
        if let known = knownBranches[term] { return known }
        guard open.insert(term).inserted else { return nil }
        let conflict = lastConflict
        defer {
            open.remove(term)
            lastConflict = conflict
        }
        lastConflict = []
        let result = try refine([Branch(set: .all)], by: term, within: [], beside: [], at: path)
        knownBranches[term] = result
        if result.isEmpty { conflicts[term] = lastConflict }
        return result
    }

    /// The subset of some values that meets a conjunction.
    ///
    /// - Parameters:
    ///   - owners: schemas whose alternatives this is within; one that is met again has no end.
    ///   - others: what was asked of the values before, to tell what contradicts it.
    mutating func refine(
        _ base: [Branch], by term: SchemaTerm, within owners: [Int], beside others: [SchemaFacts.Constraint],
        at path: String
    ) throws(GrammarError) -> [Branch] {
        guard term != .none else {
            lastConflict = others + [.init(kind: .types([], wholeOnly: false), keyword: "false", path: path)]
            return []
        }
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Self.nestingLimit else {
            throw .schema(path: path, problem: "more than \(Self.nestingLimit) alternatives within each other")
        }
        let parts = try gather(term)
        var constraints = others
        var result = base
        for part in parts {
            for constraint in part.facts.constraints {
                constraints.append(constraint)
                try spend(result.reduce(1) { $0 + $1.set.count }, at: constraint.path)
                for index in result.indices { try apply(constraint, to: &result[index].set) }
                result.removeAll(where: \.set.isEmpty)
                guard !result.isEmpty else {
                    lastConflict = constraints
                    return []
                }
            }
            for index in result.indices {
                result[index].isTyped = result[index].isTyped || part.facts.isTyped
                result[index].hints.formUnion(part.facts.hints)
            }
        }
        for isExclusive in [false, true] {
            for part in parts {
                for group in part.facts.groups where group.isExclusive == isExclusive {
                    guard !owners.contains(part.node) else {
                        throw .schema(
                            path: group.path, problem: "'\(group.keyword)' leads back to itself through '$ref'")
                    }
                    result = try choose(group, from: result, owners + [part.node], constraints)
                    if result.isEmpty { return [] }
                }
            }
        }
        for part in parts {
            for negation in part.facts.negations {
                result = try exclude(negation, from: result)
                guard !result.isEmpty else {
                    lastConflict =
                        constraints + [.init(kind: .types([], wholeOnly: false), keyword: "not", path: negation.path)]
                    return []
                }
            }
        }
        return result
    }

    /// The facts of all schemas of a conjunction, and of those that they refer to.
    mutating func gather(_ term: SchemaTerm) throws(GrammarError) -> [(node: Int, facts: SchemaFacts)] {
        enum Step { case enter(Int), leave(Int) }
        var steps = schemas(of: term).reversed().map { Step.enter($0) }
        var path: Set<Int> = [], known: Set<Int> = []
        var result: [(node: Int, facts: SchemaFacts)] = []
        while let step = steps.popLast() {
            switch step {
            case .leave(let node): path.remove(node)
            case .enter(let node):
                if path.contains(node), case .schema(let place) = nodes[node] {
                    throw .schema(path: place.path, problem: "'$ref' leads back to itself")
                }
                guard known.insert(node).inserted else { continue }
                let facts = try facts(node)
                result.append((node, facts))
                path.insert(node)
                steps.append(.leave(node))
                for inner in facts.conjunctions.reversed() {
                    if inner == .none {
                        let none = SchemaFacts.Constraint(
                            kind: .types([], wholeOnly: false), keyword: "false", path: self.path(of: term))
                        result.append((node, SchemaFacts(constraints: [none])))
                    }
                    steps += schemas(of: inner).reversed().map { Step.enter($0) }
                }
            }
        }
        return result
    }

    private mutating func choose(
        _ group: SchemaFacts.Group, from base: [Branch], _ owners: [Int], _ constraints: [SchemaFacts.Constraint]
    ) throws(GrammarError) -> [Branch] {
        var alternatives: [[Branch]] = []
        for (index, term) in group.alternatives.enumerated() {
            alternatives.append(
                try refine(
                    base, by: term, within: owners, beside: constraints, at: "\(group.path)/\(group.keyword)/\(index)"))
        }
        if group.isExclusive { try separate(&alternatives, group) }
        let result = try merged(alternatives.flatMap { $0 }, at: group.path)
        if result.isEmpty {
            lastConflict =
                constraints + [.init(kind: .types([], wholeOnly: false), keyword: group.keyword, path: group.path)]
        }
        return result
    }

    /// Takes from each alternative what others have too.
    private mutating func separate(_ alternatives: inout [[Branch]], _ group: SchemaFacts.Group) throws(GrammarError) {
        let all = alternatives
        let hints = all.joined().reduce(into: Set<JSONType>()) { $0.formUnion($1.hints) }
        let reason = Inexactness(keyword: "oneOf", path: group.path)
        for index in alternatives.indices {
            for (other, branches) in all.enumerated() where other != index {
                for branch in branches {
                    for place in alternatives[index].indices {
                        try subtract(branch.set, from: &alternatives[index][place].set, reason)
                    }
                }
            }
            alternatives[index].removeAll(where: \.set.isEmpty)
            // A value of one alternative alone may be of a type that only another one speaks of.
            for place in alternatives[index].indices { alternatives[index][place].hints.formUnion(hints) }
        }
    }

    private mutating func exclude(
        _ negation: (term: SchemaTerm, path: String), from base: [Branch]
    ) throws(GrammarError) -> [Branch] {
        guard negation.term != .all else { return [] }
        guard let excluded = try branches(of: negation.term, at: negation.path) else {
            throw .schema(path: negation.path, problem: "'not' leads back to itself through '$ref'")
        }
        var result = base
        for branch in excluded {
            for place in result.indices {
                try subtract(branch.set, from: &result[place].set, Inexactness(keyword: "not", path: negation.path))
                if !result[place].hints.isEmpty { result[place].hints.formUnion(branch.hints) }
            }
        }
        result.removeAll(where: \.set.isEmpty)
        return result
    }

    /// Branches that are treated alike, as one.
    private mutating func merged(_ branches: [Branch], at path: String) throws(GrammarError) -> [Branch] {
        struct Key: Hashable {
            var isTyped: Bool
            var hints: Set<JSONType>
        }
        var places: [Key: Int] = [:], result: [Branch] = []
        for branch in branches {
            let key = Key(isTyped: branch.isTyped, hints: branch.isTyped ? [] : branch.hints)
            if let place = places[key] {
                result[place].set.formUnion(branch.set)
                result[place].hints.formUnion(branch.hints)
            } else {
                places[key] = result.count
                result.append(branch)
            }
        }
        for place in result.indices {
            let shapes = result[place].set
            try spend(shapes.count, at: path)
            guard shapes.arrays.count + shapes.objects.count + shapes.texts.count <= Self.shapeLimit else {
                throw .schema(path: path, problem: "more than \(Self.shapeLimit) combinations of its alternatives")
            }
            result[place].set.objects = withoutCovered(shapes.objects)
        }
        return result
    }
}
