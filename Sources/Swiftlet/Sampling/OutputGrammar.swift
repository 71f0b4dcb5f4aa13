internal import Grammars
internal import Interpreter
internal import Tokenizers

/// What a generated text may be: a grammar that every token keeps to.
public struct OutputGrammar: Sendable {
    /// White space between the tokens of JSON.
    public enum Whitespace: String, Sendable, CaseIterable {
        /// What printers write: nothing, a space, or a line break and an indent.
        case printed
        /// Any that JSON allows, without end.
        case any
    }

    let grammar: Grammar

    /// - Parameter gbnf: llama.cpp's notation; the text begins at the rule `root`.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, which says where.
    public init(gbnf: String) throws(SwiftletError) {
        do throws(GrammarError) {
            grammar = try Grammar(gbnf: gbnf)
        } catch {
            throw SwiftletError(.invalidArgument, "\(error)")
        }
    }

    /// JSON that a schema describes (json-schema.org, 2020-12). Listed properties come in the schema's order, others only
    /// where the schema speaks of them or needs them. A schema that has no value, or that cannot be kept to exactly
    /// (`contains`, `if`, `uniqueItems` for items without end, a `oneOf` whose alternatives overlap, ...), is an error.
    ///
    /// - Parameters:
    ///   - jsonSchema: the schema as JSON.
    ///   - whitespace: what may stand between the tokens of JSON.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, which says where.
    public init(jsonSchema: String, whitespace: Whitespace = .printed) throws(SwiftletError) {
        do throws(GrammarError) {
            grammar = try Grammar(jsonSchema: jsonSchema, layout: Layout(whitespace == .any ? .any : .printed))
        } catch {
            throw SwiftletError(.invalidArgument, "\(error)")
        }
    }
}

/// A vocabulary as grammars see it.
struct TokenTexts: Sendable {
    /// The bytes of each token; nil for one that stands for no text, or ends it.
    let texts: [[UInt8]?]
    let tree: TokenTree

    init(_ tokenizer: Tokenizer) {
        texts = (0..<Int32(truncatingIfNeeded: tokenizer.vocabularySize)).map { token in
            guard !tokenizer.isEndOfGeneration(token) else { return nil }
            var bytes: [UInt8] = []
            tokenizer.appendBytes(of: token, to: &bytes, renderSpecial: false)
            return bytes.isEmpty ? nil : bytes
        }
        tree = TokenTree(texts)
    }
}

/// Keeps a text within a grammar while its tokens are chosen.
struct GrammarGuide {
    private var constraint: GrammarConstraint
    private var logits: [Float] = []
    /// What the grammar took of all choices so far: finding the mask, laying it over the logits, going on.
    private(set) var time = Duration.zero

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a grammar that cannot be followed.
    init(_ grammar: OutputGrammar, _ texts: TokenTexts) throws(SwiftletError) {
        do throws(GrammarError) {
            constraint = try GrammarConstraint(grammar.grammar, tree: texts.tree, texts: texts.texts)
        } catch {
            throw SwiftletError(.invalidArgument, "\(error)")
        }
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
        let mask = try constraint.allowed(budget: budget)
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
        let token = sampler.choose(self.logits.span)
        let accepted = MonotonicClock.now
        try constraint.accept(Int(token))
        time += (chosen - start) + (MonotonicClock.now - accepted)
        return token
    }
}
