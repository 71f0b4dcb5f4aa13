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

    init(_ grammar: Grammar) { self.grammar = grammar }

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
    /// The bytes that stand for control tokens which are marks of chat formats. No character has them.
    private let marks: [Token: [UInt8]]

    init(_ tokenizer: Tokenizer) {
        var marks: [Token: [UInt8]] = [:]
        for (index, mark) in ChatFormat.allMarks.enumerated() {
            guard let token = tokenizer.id(of: mark), tokenizer.vocabulary.kind(of: token) == .control else { continue }
            marks[token] = [0xFF, UInt8(truncatingIfNeeded: index)]
        }
        self.marks = marks
        texts = (0..<Int32(truncatingIfNeeded: tokenizer.vocabularySize)).map { token in
            guard !tokenizer.isEndOfGeneration(token) else { return nil }
            if let mark = marks[token] { return mark }
            var bytes: [UInt8] = []
            tokenizer.appendBytes(of: token, to: &bytes, renderSpecial: false)
            return bytes.isEmpty ? nil : bytes
        }
        tree = TokenTree(texts)
        longest = texts.map { $0?.count ?? 0 }.max() ?? 0
    }

    /// How grammars write a mark: a control token by its bytes, any other by its text.
    func pattern(_ mark: String, _ tokenizer: Tokenizer) -> TextPattern {
        let first = mark.prefix { $0 != ">" } + ">"
        for part in [mark, String(first)] where mark.hasPrefix(part) {
            guard let token = tokenizer.id(of: part), let bytes = marks[token] else { continue }
            let rest = mark.dropFirst(part.count)
            return rest.isEmpty ? .bytes(bytes) : .sequence([.bytes(bytes), .text(String(rest))])
        }
        return .text(mark)
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
