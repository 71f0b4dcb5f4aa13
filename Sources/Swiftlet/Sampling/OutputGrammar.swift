internal import Grammars
internal import Interpreter
internal import Tokenizers

/// A grammar that every generated token keeps to.
public struct OutputGrammar: Sendable {
    /// White space between the tokens of JSON.
    public enum Whitespace: String, Sendable, CaseIterable {
        /// As printers write it: nothing, a space, or a line break and an indent.
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
    /// Bytes of the longest one.
    let longest: Int

    init(_ tokenizer: Tokenizer) {
        texts = (0..<Int32(truncatingIfNeeded: tokenizer.vocabularySize)).map { token in
            guard !tokenizer.isEndOfGeneration(token) else { return nil }
            var bytes: [UInt8] = []
            tokenizer.appendBytes(of: token, to: &bytes, renderSpecial: false)
            return bytes.isEmpty ? nil : bytes
        }
        tree = TokenTree(texts)
        longest = texts.map { $0?.count ?? 0 }.max() ?? 0
    }
}

/// How a text with a grammar ended.
public enum GrammarEnding: Sendable, Equatable {
    /// The text is whole.
    case complete
    /// The text is cut: the grammar wants more of it. Where the limits left too few tokens for any text of the grammar, how
    /// many the shortest one needs, or a number below that; else nil.
    case unfinished(neededTokens: Int?)
}
