/// Makes languages of patterns.
enum PatternCompiler {
    static func compile(_ pattern: String, at path: String) throws(GrammarError) -> TextLanguage {
        let tree = try PatternParser.parse(pattern, at: path)
        do throws(GrammarError) {
            return try language(tree, path)
        } catch .tooLarge {
            throw .schema(
                path: path, problem: "'pattern' has too many states: use smaller counts, or fewer alternatives")
        }
    }

    private static func language(_ tree: PatternTree, _ path: String) throws(GrammarError) -> TextLanguage {
        if let counted = counted(tree) { return counted }
        guard tree.hasLookahead else { return TextLanguage(try PatternNetwork.automaton(tree)) }
        // Alternatives with looks ahead at their start are conjunctions.
        var alternatives = [tree]
        if case .choice(let items) = tree { alternatives = items }
        var result = TextLanguage.nothing
        for alternative in alternatives { result = try result.union(conjunction(alternative, path)) }
        return result
    }

    /// `^(?!a)(?=b)c`: what begins with c, and with b, but not with a.
    private static func conjunction(_ tree: PatternTree, _ path: String) throws(GrammarError) -> TextLanguage {
        guard tree.hasLookahead else { return TextLanguage(try PatternNetwork.automaton(tree)) }
        var rest: [PatternTree] = []
        var looks: [(PatternTree, negated: Bool)] = []
        if case .sequence(let items) = tree, case .start? = items.first {
            for item in items {
                if case .lookahead(let inner, let negated) = item, rest.count == 1 {
                    looks.append((inner, negated))
                } else {
                    rest.append(item)
                }
            }
        }
        let isSupported = !rest.isEmpty && !rest.contains(where: \.hasLookahead)
        guard isSupported, !looks.contains(where: { $0.0.hasLookahead }) else {
            throw .schema(
                path: path, problem: "'pattern': look-ahead is supported only directly after '^' at its beginning")
        }
        var result = TextLanguage(try PatternNetwork.automaton(.sequence(rest)))
        for (inner, negated) in looks {
            let look = TextLanguage(try PatternNetwork.automaton(.sequence([.start, inner])))
            result = try result.intersection(negated ? look.complemented() : look)
        }
        return result
    }

    /// `^[a-z]{2,5000}$`: a length needs no states.
    private static func counted(_ tree: PatternTree) -> TextLanguage? {
        guard case .sequence(let items) = tree, items.count == 3, case .start = items[0], case .end = items[2],
            case .repetition(.characters(let ranges), let low, let high) = items[1], !ranges.isEmpty
        else { return nil }
        return TextLanguage(parts: [.init(automaton: .star(of: ranges), minLength: low, maxLength: high)])
    }
}
