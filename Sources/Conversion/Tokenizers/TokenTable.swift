internal import Tokenizers

/// The tokens of a model file, by id.
struct TokenTable {
    struct Token {
        var text: [UInt8]
        var kind: TokenKind
        var score: Float
    }

    /// The file that the tokens are from, for messages.
    let path: String
    private var tokens: [Token?]
    /// Ids by text; the least where several share one.
    private var ids: [[UInt8]: Int] = [:]

    /// - Parameter count: rows of the model's embedding.
    init(count: Int, path: String) {
        tokens = Array(repeating: nil, count: count)
        self.path = path
    }

    var count: Int { tokens.count }

    subscript(id: Int) -> Token? { tokens.indices.contains(id) ? tokens[id] : nil }

    /// Sets a token; one that is there already is replaced.
    ///
    /// - Throws: ``ConversionError/tokenizer(_:path:)`` for an id without a row in the embedding.
    mutating func set(_ id: Int, _ text: [UInt8], _ kind: TokenKind, score: Float = 0) throws(ConversionError) {
        guard tokens.indices.contains(id) else {
            let name = String(decoding: text, as: UTF8.self).visible
            throw .tokenizer("the token \(name) has the id \(id), but the model has \(count) tokens", path: path)
        }
        if let old = tokens[id], ids[old.text] == id { ids[old.text] = nil }
        tokens[id] = Token(text: text, kind: kind, score: score)
        ids[text] = min(id, ids[text] ?? id)
    }

    /// Sets a token of a vocabulary in which ids are used once.
    mutating func add(_ id: Int, _ text: [UInt8], _ kind: TokenKind, score: Float = 0) throws(ConversionError) {
        guard self[id] == nil else { throw .tokenizer("two tokens have the id \(id)", path: path) }
        try set(id, text, kind, score: score)
    }

    func id(of text: [UInt8]) -> Int? { ids[text] }

    func id(of text: String) -> Int? { ids[Array(text.utf8)] }

    /// Names the tokens that files leave out, and marks all that steer the model.
    mutating func complete(_ steering: SteeringTokens) throws(ConversionError) {
        guard let first = id(of: steering.first), let last = id(of: steering.lastNamed), first < last else {
            throw .tokenizer(
                "\(steering.first) to \(steering.lastNamed) are not among the tokens; tokenizer.json or "
                    + "added_tokens.json has them",
                path: path)
        }
        for (name, id) in zip(steering.unnamed, last + 1..<max(count, last + 1)) where self[id] == nil {
            try set(id, Array(name.utf8), .control)
        }
        for id in first..<count { tokens[id]?.kind = .control }
    }

    /// Makes a token that steers the model, if there is one of this text, a part of what it says.
    mutating func show(_ text: String) throws(ConversionError) {
        guard let id = id(of: text), let token = self[id], token.kind == .control else { return }
        try set(id, token.text, .userDefined, score: token.score)
    }

    /// All tokens, with names for the rows that have none.
    ///
    /// - Parameter fillerScore: what those rows get.
    func filled(fillerScore: Float) -> [Token] {
        tokens.enumerated().map { id, token in
            token ?? Token(text: Array("[PAD\(id)]".utf8), kind: .unused, score: fillerScore)
        }
    }
}
