internal import Grammars
internal import Interpreter
internal import Tokenizers

/// Keeps a text within a grammar while its tokens are chosen.
struct GrammarGuide {
    private var constraint: GrammarConstraint
    private let texts: TokenTexts
    private var logits: [Float] = []
    /// The way to the end, where as many tokens as it takes bytes to get there may be too many; nil where there is no need.
    private var lead: GrammarLead?
    /// Tokens that the shortest text needs, where fewer were allowed.
    private var neededTokens: Int?
    private var hasBegun = false
    /// Time spent on the grammar so far: computing masks, applying them to logits, advancing.
    private(set) var time = Duration.zero

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a grammar that cannot be followed.
    init(_ grammar: OutputGrammar, _ texts: TokenTexts) throws(SwiftletError) {
        self.texts = texts
        do throws(GrammarError) {
            constraint = try GrammarConstraint(grammar.grammar, tree: texts.tree, texts: texts.texts)
        } catch {
            throw SwiftletError(.invalidArgument, "\(error)")
        }
    }

    /// Whether the text so far is whole.
    var ending: GrammarEnding { constraint.mayEnd ? .complete : .unfinished(neededTokens: neededTokens) }

    /// Whether a text that a stop string cut is whole.
    static func ending(of text: String, _ grammar: OutputGrammar?) -> GrammarEnding? {
        guard let grammar else { return nil }
        // A vocabulary whose only token is the text; models may begin theirs with a space that is not shown.
        let isWhole = ["", " "].contains { space in
            let texts: [[UInt8]?] = [Array((space + text).utf8)]
            do throws(GrammarError) {
                var constraint = try GrammarConstraint(grammar.grammar, tree: TokenTree(texts), texts: texts)
                guard !(space + text).isEmpty else { return constraint.mayEnd }
                guard try constraint.accept(0) else { return false }
                return constraint.mayEnd
            } catch {
                return false
            }
        }
        return isWhole ? .complete : .unfinished(neededTokens: nil)
    }

    /// Chooses a token that the grammar allows, or one that ends the text where it may end; nil where it must.
    ///
    /// - Parameters:
    ///   - text: the tokens before.
    ///   - budget: how many tokens may still come. Where they become scarce, the text is led to its end.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a grammar that cannot be followed any farther.
    mutating func sample(
        _ logits: Span<Float>, after text: [Token], _ sampler: inout Sampler, budget: Int, isEnd: (Token) -> Bool
    ) throws(SwiftletError) -> Token? {
        do throws(GrammarError) {
            return try choose(logits, after: text, &sampler, budget: budget, isEnd: isEnd)
        } catch {
            throw SwiftletError(.invalidArgument, "\(error)")
        }
    }

    private mutating func choose(
        _ logits: Span<Float>, after text: [Token], _ sampler: inout Sampler, budget: Int, isEnd: (Token) -> Bool
    ) throws(GrammarError) -> Token? {
        let start = MonotonicClock.now
        try updateLead(budget: budget)
        let mask = try constraint.allowed(budget: lead == nil ? budget : .max)
        guard mask.count > 0 else { return nil }
        let mayEnd = constraint.mayEnd
        sampler.adjust(logits, after: text, into: &self.logits)
        for index in self.logits.indices {
            let allowed = mask.contains(index) || (mayEnd && isEnd(Token(truncatingIfNeeded: index)))
            if !allowed || self.logits[index].isNaN { self.logits[index] = -.infinity }
        }
        // Whatever the model and the options think of them, one of the allowed tokens it must be.
        if self.logits.allSatisfy({ $0 == -.infinity }) {
            for index in logits.indices where mask.contains(index) { self.logits[index] = 0 }
        }
        let chosen = MonotonicClock.now
        var token = sampler.choose(self.logits.span)
        let accepted = MonotonicClock.now
        if !(mayEnd && isEnd(token)) { token = try keepToLead(token, budget: budget) }
        try constraint.accept(Int(token))
        time += (chosen - start) + (MonotonicClock.now - accepted)
        return token
    }

    /// Finds a way to the end where the tokens that may come are no more than the bytes that it takes.
    ///
    /// A text that has begun with more tokens than bytes, or with a way, keeps one or the other.
    private mutating func updateLead(budget: Int) throws(GrammarError) {
        defer { hasBegun = true }
        guard budget <= constraint.distance else { return lead = nil }
        guard !hasBegun else { return }
        lead = try GrammarLead(from: constraint, texts, limit: budget)
        guard lead == nil else { return }
        let shortest = try GrammarLead(from: constraint, texts, limit: GrammarLead.searchLimit)
        neededTokens = shortest?.tokens.count ?? max(budget, GrammarLead.searchLimit) + 1
    }

    /// The token, if the text can still be ended after it; else the next one on the way to the end.
    private mutating func keepToLead(_ token: Token, budget: Int) throws(GrammarError) -> Token {
        guard let next = lead?.tokens.first else { return token }
        if token != next {
            var after = constraint
            try after.accept(Int(token))
            if after.distance < budget {
                lead = nil
                return token
            }
            if let other = try GrammarLead(from: after, texts, limit: budget - 1) {
                lead = other
                return token
            }
        }
        lead?.tokens.removeFirst()
        return next
    }
}

/// Tokens that lead to an end of a text, each the one that comes closest to it: a shortest text in bytes, in few tokens.
struct GrammarLead {
    var tokens: [Token] = []

    /// The longest way that is looked for to tell how many tokens a text needs.
    static let searchLimit = 256

    /// - Parameter limit: tokens that there may be; nil if they do not lead to an end.
    init?(from constraint: GrammarConstraint, _ texts: TokenTexts, limit: Int) throws(GrammarError) {
        var place = constraint
        while place.distance > 0 {
            guard tokens.count < limit, let token = try Self.closest(&place, texts) else { return nil }
            tokens.append(token)
            try place.accept(Int(token))
        }
    }

    /// The token after which the fewest bytes are left; nil if none is a byte nearer to the end.
    private static func closest(_ place: inout GrammarConstraint, _ texts: TokenTexts) throws(GrammarError) -> Token? {
        let distance = place.distance
        var found: Token?
        // A token leaves `low` bytes at least, and the best one `high` at most.
        var (low, high) = (max(0, distance - texts.longest), distance)
        while low < high {
            let middle = (low + high) / 2
            if let (token, left) = try first(&place, texts, below: middle + 1) {
                (found, high) = (token, left)
            } else {
                low = middle + 1
            }
        }
        return found
    }

    /// A token after which fewer than `limit` bytes are left, and how many those are.
    private static func first(
        _ place: inout GrammarConstraint, _ texts: TokenTexts, below limit: Int
    ) throws(GrammarError) -> (Token, Int)? {
        let mask = try place.allowed(budget: limit)
        // Where there is none, the mask has all tokens instead: any of them tells.
        guard let token = texts.texts.indices.first(where: { mask.contains($0) }) else { return nil }
        var after = place
        try after.accept(token)
        return after.distance < limit ? (Token(truncatingIfNeeded: token), after.distance) : nil
    }
}
