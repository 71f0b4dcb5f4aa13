/// Keeps a text that is generated token by token within a grammar.
package struct GrammarConstraint {
    private let tree: TokenTree
    private let texts: [[UInt8]?]
    private var matcher: GrammarMatcher
    private var position: GrammarMatcher.Position
    private var masks: [GrammarMatcher.Position: TokenMask] = [:]
    private var generation = 0

    /// Masks that are kept; each takes a bit for every token.
    private static let maskLimit = 512

    /// - Parameters:
    ///   - tree: of `texts`.
    ///   - texts: the bytes of each token; `nil` for one that never stands for text.
    /// - Throws: ``GrammarError/ambiguous``.
    package init(_ grammar: Grammar, tree: TokenTree, texts: [[UInt8]?]) throws(GrammarError) {
        self.tree = tree
        self.texts = texts
        matcher = GrammarMatcher(grammar)
        position = try matcher.start()
    }

    /// Whether the text may end here.
    package var mayEnd: Bool { position != GrammarMatcher.dead && matcher.accepts(position) }

    /// The least number of bytes to where the text may end.
    package var distance: Int { position == GrammarMatcher.dead ? 0 : matcher.distance(position) }

    /// The tokens that may come next. Empty: the text must end.
    ///
    /// - Parameter budget: how many tokens may still come, this one among them. Where it becomes scarce, only those tokens
    ///   are left from which the text can still be ended, one byte for each token, which every vocabulary with tokens for
    ///   single bytes allows. If there is none, the budget is not heeded.
    /// - Throws: ``GrammarError/ambiguous``; the text cannot go on then.
    package mutating func allowed(budget: Int = .max) throws(GrammarError) -> TokenMask {
        guard position != GrammarMatcher.dead else { return TokenMask(vocabularySize: tree.vocabularySize) }
        position = try matcher.trim(keeping: position)
        if matcher.generation != generation || masks.count > Self.maskLimit {
            masks = [:]
            generation = matcher.generation
        }
        // A token adds less to the distance than this, whatever it opens.
        if budget < matcher.distance(position) + Self.scarce {
            let mask = try computeMask { $0 < budget }
            if mask.count > 0 { return mask }
        }
        if let known = masks[position] { return known }
        let mask = try computeMask { _ in true }
        masks[position] = mask
        return mask
    }

    private static let scarce = 4_096

    /// Every token whose bytes the grammar allows from here, and after which the distance to the end is as wanted.
    private mutating func computeMask(_ wanted: (Int) -> Bool) throws(GrammarError) -> TokenMask {
        var mask = TokenMask(vocabularySize: tree.vocabularySize)
        var path = [GrammarMatcher.Position](repeating: position, count: tree.depth + 1)
        var node = 0
        while node < tree.bytes.count {
            let depth = Int(tree.depths[node])
            let next = try matcher.next(path[depth - 1], tree.bytes[node])
            if next == GrammarMatcher.dead {
                node = Int(tree.ends[node])
                continue
            }
            path[depth] = next
            let first = Int(tree.firstTokens[node]), end = Int(tree.firstTokens[node + 1])
            if first < end, wanted(matcher.distance(next)) {
                for index in first..<end { mask.insert(Int(tree.tokens[index])) }
            }
            node += 1
        }
        return mask
    }

    /// Goes on by a token that ``allowed(budget:)`` had.
    ///
    /// - Returns: false, and nothing has changed, if the grammar does not allow it.
    /// - Throws: ``GrammarError/ambiguous``.
    @discardableResult
    package mutating func accept(_ token: Int) throws(GrammarError) -> Bool {
        guard position != GrammarMatcher.dead, texts.indices.contains(token), let text = texts[token] else {
            return false
        }
        var next = position
        for byte in text {
            next = try matcher.next(next, byte)
            if next == GrammarMatcher.dead { return false }
        }
        position = next
        return true
    }
}
