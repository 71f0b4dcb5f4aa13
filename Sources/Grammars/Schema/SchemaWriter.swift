internal import JSON

/// Writes the rules of a grammar: one for each conjunction of schemas, and each depth that it stands at.
struct SchemaWriter {
    /// A value at its place: how many arrays and objects it is within; nil where that is more than are told apart.
    private struct Key: Hashable {
        var term: SchemaTerm
        var depth: Int?
    }

    var survey: SchemaSurvey
    var rules = RuleSet()
    private let whitespace: JSONWhitespace
    private var pending: [Key] = []
    private var known: [Key: Int] = [:]
    private var textRules: [Int: Int] = [:]
    private var spaces: [Int?: Spaces] = [:]

    /// The separators and white space between values at a depth.
    struct Spaces {
        var comma: Expression
        /// After an opening bracket.
        var start: Expression
        /// Before the closing one.
        var end: Expression
    }

    /// Depths that are told apart. Recursive schemas have a rule for each.
    private static let depthLimit = 8
    /// Rules by depth; with more, depths are not told apart any more.
    private static let keyLimit = 5_000
    /// Counts of repetitions that can be written.
    static let countLimit = 100_000

    init(_ survey: SchemaSurvey, root: SchemaTerm, _ whitespace: JSONWhitespace) throws(GrammarError) {
        self.survey = survey
        self.whitespace = whitespace
        guard survey.isPossible(root) else { throw try self.survey.explanation(of: root) }
        _ = rules.index("root")
        rules.define("root", value(root, Layout(whitespace, depth: 0)))
        while let key = pending.popLast() { try write(key) }
    }

    /// A value of a conjunction, by its rule.
    mutating func value(_ term: SchemaTerm, _ layout: Layout) -> Expression {
        let isDeep = (layout.depth ?? .max) > Self.depthLimit || known.count > Self.keyLimit
        let key = Key(term: term, depth: isDeep ? nil : layout.depth)
        if let rule = known[key] { return .rule(rule) }
        let rule = rules.index("value \(known.count)")
        known[key] = rule
        pending.append(key)
        return .rule(rule)
    }

    /// White space is written once for each depth.
    mutating func spaces(_ layout: Layout) -> Spaces {
        if let known = spaces[layout.depth] { return known }
        let result = Spaces(
            comma: rule("comma", JSONPrimitives.comma(layout)), start: rule("space", layout.betweenItems),
            end: rule("space", layout.beforeEnd))
        spaces[layout.depth] = result
        return result
    }

    /// - Parameter layout: within the brackets.
    private mutating func enclosed(
        _ open: String, _ content: Expression, _ close: String, _ layout: Layout
    ) -> Expression {
        let spaces = spaces(layout)
        return .sequence([
            JSONPrimitives.literal(open), spaces.start, content, spaces.end, JSONPrimitives.literal(close),
        ])
    }

    /// Items with commas between them.
    mutating func list(_ item: Expression, _ low: Int, _ high: Int?, _ layout: Layout) -> Expression {
        if high == 0 { return .empty }
        let more = Expression.sequence([spaces(layout).comma, item])
        let some = Expression.sequence([item, .repetition(more, min: max(0, low - 1), max: high.map { $0 - 1 })])
        return low > 0 ? some : .choice([some, .empty])
    }

    /// A rule for an expression, so that it is written once; its name is only for errors.
    mutating func rule(_ kind: String, _ expression: Expression) -> Expression {
        let name = "\(kind) \(rules.names.count)"
        rules.define(name, expression)
        return .rule(rules.index(name))
    }

    private mutating func write(_ key: Key) throws(GrammarError) {
        guard let rule = known[key] else { return }
        let layout = Layout(whitespace, depth: key.depth)
        let path = survey.normalizer.path(of: key.term)
        rules.define(
            rules.names[rule], key.term == .all ? anything(layout) : try written(key.term, layout, at: path))
    }

    /// Any value at all.
    private mutating func anything(_ layout: Layout) -> Expression {
        let inner = layout.deeper
        let item = value(.all, inner)
        let text = JSONPrimitives.string(atLeast: 0, atMost: nil)
        let members = list(JSONPrimitives.member(text, item, inner), 0, nil, inner)
        return .choice([
            enclosed("{", members, "}", inner), enclosed("[", list(item, 0, nil, inner), "]", inner),
            text, JSONPrimitives.number, JSONPrimitives.boolean, JSONPrimitives.literal("null"),
        ])
    }

    private mutating func written(
        _ term: SchemaTerm, _ layout: Layout, at path: String
    ) throws(GrammarError) -> Expression {
        let set = survey.sets[term] ?? ValueSet()
        var alternatives = set.literals.map { JSONPrimitives.literal($0.value.text) }
        for range in set.numbers { alternatives.append(try range.expression(at: path)) }
        for shape in set.texts where try survey.canBeWritten(shape) {
            alternatives.append(try text(shape, at: path))
        }
        let inner = layout.deeper
        for shape in set.arrays where try survey.canBeWritten(shape) {
            alternatives.append(enclosed("[", try items(shape, inner, at: path), "]", inner))
        }
        for shape in set.objects where survey.canBeWritten(shape) {
            alternatives.append(enclosed("{", try members(shape, inner, at: path), "}", inner))
        }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func text(_ shape: TextShape, at path: String) throws(GrammarError) -> Expression {
        guard shape.minLength <= Self.countLimit else {
            throw .schema(path: path, problem: "'minLength' above \(Self.countLimit) is not supported")
        }
        var shape = shape
        if let high = shape.maxLength { shape.maxLength = min(high, Self.countLimit) }
        return try name(survey.normalizer.languages.inner(shape), at: path)
    }

    /// A string of a language.
    mutating func name(_ language: Int, at path: String) throws(GrammarError) -> Expression {
        if let rule = textRules[language] { return .rule(rule) }
        let text = try survey.normalizer.languages[language].jsonString(at: path)
        let result = rule("text", text)
        if case .rule(let index) = result { textRules[language] = index }
        return result
    }
}
