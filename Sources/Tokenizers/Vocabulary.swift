/// The tokens of a model: text, score and kind of each, and the way back from text to id.
///
/// Token ids are positions, `0..<count`. Tokens may share a text; looking it up gives the first of them. A token may
/// have no text; it is never found.
package struct Vocabulary: Sendable {
    private var texts: ByteStrings
    private var index: ByteStringIndex
    private var scores: [Float]
    private var kinds: [TokenKind]
    /// The length of the longest token text, in bytes.
    private(set) var longestText = 0
    private var textsAreDistinct = true

    /// An empty vocabulary with room for `capacity` tokens, or for a million if that is less; it grows as needed.
    package init(capacity: Int = 0) {
        let capacity = min(capacity, 1 << 20)
        texts = ByteStrings(capacity: capacity)
        index = ByteStringIndex(capacity: capacity)
        scores = []
        scores.reserveCapacity(capacity)
        kinds = []
        kinds.reserveCapacity(capacity)
    }

    /// Adds the token with the next id.
    ///
    /// - Parameters:
    ///   - text: the token as the file spells it (`▁the`, `Ġthe`, `<0x0A>`); any bytes.
    ///   - score: merge priority for SentencePiece; other algorithms do not read it.
    /// - Throws: ``TokenizerError/tooManyStrings(limit:)`` or ``TokenizerError/tooManyBytes(limit:)``.
    package mutating func append(_ text: Span<UInt8>, score: Float = 0, kind: TokenKind) throws(TokenizerError) {
        try texts.append(text)
        scores.append(score)
        kinds.append(kind)
        longestText = max(longestText, text.count)
        if text.count > 0, !index.insert(count - 1, of: texts) { textsAreDistinct = false }
    }

    /// The number of tokens.
    package var count: Int { kinds.count }

    /// Whether `id` is one of this vocabulary.
    package func contains(_ id: Int32) -> Bool { id >= 0 && Int(id) < count }

    /// The first token with this text, of any kind.
    package func id(of text: Span<UInt8>) -> Int32? {
        guard text.count <= longestText else { return nil }
        return index.find(text, in: texts).map { Int32(truncatingIfNeeded: $0) }
    }

    /// The token that ordinary text merges into: as ``id(of:)``, but none that steers the model.
    func textToken(_ text: Span<UInt8>) -> Int32? {
        guard let id = id(of: text), kinds[Int(id)].isText else { return nil }
        return id
    }

    /// Whether ``textToken(_:)`` of `text` is certainly `id`; cheaper than finding out which it is.
    func isTextToken(_ id: Int32, _ text: Span<UInt8>) -> Bool {
        textsAreDistinct && contains(id) && kinds[Int(id)].isText && texts[Int(id)].hasSameBytes(as: text)
    }

    /// The text of token `id`, which must be in the vocabulary.
    @_lifetime(borrow self)
    package func text(of id: Int32) -> Span<UInt8> { texts[Int(id)] }

    /// Whether both have a token `id` with the same text.
    package func hasSameText(_ id: Int32, as other: Vocabulary) -> Bool {
        contains(id) && other.contains(id) && texts[Int(id)].hasSameBytes(as: other.text(of: id))
    }

    /// The score of token `id`, which must be in the vocabulary.
    package func score(of id: Int32) -> Float { scores[Int(id)] }

    /// The kind of token `id`, which must be in the vocabulary.
    package func kind(of id: Int32) -> TokenKind { kinds[Int(id)] }

    mutating func setKind(_ kind: TokenKind, of id: Int32) { kinds[Int(id)] = kind }
}
