/// Keeps a text that is generated token by token within a grammar.
package struct GrammarConstraint {
    private let vocabularySize: Int
    private let texts: [[UInt8]?]
    /// Follows the text.
    private var matcher: GrammarMatcher
    private var position: GrammarMatcher.Position
    /// One for each part of the vocabulary's tree.
    private var views: [MaskView]
    private var scarceMasks: [GrammarMatcher.Position: [DistanceMask]] = [:]
    private var generation = 0

    /// Positions whose masks by distance are kept, and masks of each.
    private static let scarceLimit = 64
    private static let distanceLimit = 16

    /// The tokens after which the distance to the end is at most this.
    private struct DistanceMask {
        var distance: Int
        var mask: TokenMask
    }

    /// - Parameters:
    ///   - tree: of `texts`.
    ///   - texts: the bytes of each token; `nil` for one that never stands for text.
    /// - Throws: ``GrammarError/ambiguous``.
    package init(_ grammar: Grammar, tree: TokenTree, texts: [[UInt8]?]) throws(GrammarError) {
        vocabularySize = tree.vocabularySize
        self.texts = texts
        matcher = GrammarMatcher(grammar)
        views = tree.parts.map { MaskView($0, grammar, vocabularySize: tree.vocabularySize) }
        position = try matcher.start()
    }

    /// Whether the text may end here.
    package var mayEnd: Bool { position != GrammarMatcher.dead && matcher.accepts(position) }

    /// The min number of bytes to where the text may end.
    package var distance: Int { position == GrammarMatcher.dead ? 0 : matcher.distance(position) }

    /// The tokens that may come next. Empty: the text must end.
    ///
    /// - Parameter budget: how many tokens may still come, this one among them. Where it becomes scarce, only those tokens
    ///   are left from which the text can still be ended, one byte for each token, which every vocabulary with tokens for
    ///   single bytes allows. If there is none, the budget is not heeded.
    /// - Throws: ``GrammarError/ambiguous``; the text cannot go on then.
    package mutating func allowed(budget: Int = .max) throws(GrammarError) -> TokenMask {
        guard position != GrammarMatcher.dead else { return TokenMask(vocabularySize: vocabularySize) }
        position = try matcher.trim(keeping: position)
        var mask: TokenMask?
        var growth = 0
        for index in views.indices {
            let part = try views[index].mask(at: position, of: matcher)
            growth = max(growth, part.growth)
            if mask == nil { mask = part.mask } else { mask?.formUnion(part.mask) }
        }
        let all = mask ?? TokenMask(vocabularySize: vocabularySize)
        // No token leads farther from the end than this.
        guard budget <= matcher.maxDistance(position) + growth else { return all }
        let near = try nearMask(within: budget)
        return near.count > 0 ? near : all
    }

    /// The tokens after which the distance to the end is less than the budget.
    private mutating func nearMask(within budget: Int) throws(GrammarError) -> TokenMask {
        if matcher.generation != generation || scarceMasks.count > Self.scarceLimit {
            scarceMasks = [:]
            generation = matcher.generation
        }
        if let known = scarceMasks[position] {
            let fitting = known.last { $0.distance < budget }
            return fitting?.mask ?? TokenMask(vocabularySize: vocabularySize)
        }
        var byDistance: [Int: TokenMask] = [:]
        var result = TokenMask(vocabularySize: vocabularySize)
        for view in views {
            try view.part.forEachToken(from: position, in: &matcher) { token, distance in
                if distance < budget { result.insert(token) }
                if byDistance.count <= Self.distanceLimit {
                    byDistance[distance, default: TokenMask(vocabularySize: vocabularySize)].insert(token)
                }
            }
        }
        if byDistance.count <= Self.distanceLimit {
            var masks: [DistanceMask] = []
            for (distance, var mask) in byDistance.sorted(by: { $0.key < $1.key }) {
                if let last = masks.last { mask.formUnion(last.mask) }
                masks.append(DistanceMask(distance: distance, mask: mask))
            }
            scarceMasks[position] = masks
        }
        return result
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

/// The masks of tokens up to a length. Counters are seen as far as such a token can count them: a text that is nowhere near
/// the end of its repetitions has the same mask all along.
private struct MaskView {
    struct Mask {
        var mask: TokenMask
        /// Max increase of the distance to the end by a token.
        var growth: Int
    }

    let part: TokenTreePart
    private let vocabularySize: Int
    private var matcher: GrammarMatcher
    private var masks: [GrammarMatcher.Position: Mask] = [:]
    private var generation = 0

    /// Masks that are kept; each takes a bit for every token.
    private static let maskLimit = 512

    init(_ part: TokenTreePart, _ grammar: Grammar, vocabularySize: Int) {
        self.part = part
        self.vocabularySize = vocabularySize
        matcher = GrammarMatcher(grammar, clip: part.depth + 1)
    }

    mutating func mask(
        at position: GrammarMatcher.Position, of other: borrowing GrammarMatcher
    ) throws(GrammarError) -> Mask {
        let position = try matcher.adopt(position, of: other)
        if matcher.generation != generation || masks.count > Self.maskLimit {
            masks = [:]
            generation = matcher.generation
        }
        if let known = masks[position] { return known }
        var result = Mask(mask: TokenMask(vocabularySize: vocabularySize), growth: 0)
        let before = matcher.distance(position)
        try part.forEachToken(from: position, in: &matcher) { token, distance in
            result.mask.insert(token)
            result.growth = max(result.growth, distance - before)
        }
        masks[position] = result
        return result
    }
}

extension TokenTreePart {
    /// Every token whose bytes the grammar allows from a position, with the distance to the end after it.
    fileprivate func forEachToken(
        from position: GrammarMatcher.Position, in matcher: inout GrammarMatcher,
        _ body: (_ token: Int, _ distance: Int) -> Void
    ) throws(GrammarError) {
        var path = [GrammarMatcher.Position](repeating: position, count: depth + 1)
        var node = 0
        while node < bytes.count {
            let depth = Int(depths[node])
            let next = try matcher.next(path[depth - 1], bytes[node])
            if next == GrammarMatcher.dead {
                node = Int(ends[node])
                continue
            }
            path[depth] = next
            let first = Int(firstTokens[node]), end = Int(firstTokens[node + 1])
            if first < end {
                let distance = matcher.distance(next)
                for index in first..<end { body(Int(tokens[index]), distance) }
            }
            node += 1
        }
    }
}
