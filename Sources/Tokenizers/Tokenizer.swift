/// Turns text into token ids and ids into text, as the model's training did.
///
/// Text is bytes: it may be ill-formed UTF-8, and (given a complete vocabulary) decodes to the very same bytes.
/// A tokenizer is immutable and may be used from many threads at once.
package struct Tokenizer: Sendable {
    /// The tokens, with the kinds of well-known ones corrected (see ``WellKnownTokens``).
    package let vocabulary: Vocabulary
    /// The tokens with a role, and what is added to every text.
    package let special: SpecialTokens
    let algorithm: any TokenizationAlgorithm
    let matcher: SpecialTokenMatcher
    private let endOfGeneration: Set<Int32>
    /// Control tokens that are part of an answer's text.
    private let shown: Set<Int32>

    /// Builds a tokenizer from what a GGUF file holds.
    ///
    /// - Parameters:
    ///   - model: `tokenizer.ggml.model`: `llama` (SentencePiece BPE), `gpt2` (byte-level BPE), `gemma4` (BPE of text as it is),
    ///     `whitespace` (the same of words), `bert` (WordPiece), `t5` (Unigram), `rwkv`, `plamo2` or `hybriddna`.
    ///   - preTokenizer: `tokenizer.ggml.pre`, which BPE needs; nothing means `default`.
    ///   - merges: `tokenizer.ggml.merges`, best first; only byte-level BPE has some.
    ///   - normalization: what WordPiece and Unigram do to the text first.
    /// - Throws: ``TokenizerError`` for an unknown model or pre-tokenizer, a special token outside the vocabulary, a
    ///   byte token that names no byte, or a charsmap that makes no sense.
    package init(
        model: String, preTokenizer: String?, vocabulary: Vocabulary, merges: ByteStrings, special: SpecialTokens,
        normalization: TextNormalization = TextNormalization()
    ) throws(TokenizerError) {
        let type = try tokenizationAlgorithm(model: model, preTokenizer: preTokenizer)
        var special = special
        if special.bos != nil, try type.requiresBOS(preTokenizer: preTokenizer) { special.addBOS = true }
        special.suppressed = special.suppressed.filter(vocabulary.contains)
        try special.validate(vocabularySize: vocabulary.count)
        try Self.checkByteTokens(vocabulary)
        var vocabulary = vocabulary
        (endOfGeneration, shown) = vocabulary.markWellKnownTokens(special)
        if special.mask != nil { vocabulary.markRoles(special) }
        self.vocabulary = vocabulary
        self.special = special
        // EuroBERT's mask, of the encoders with a pattern like Llama 3's, leaves white space alone.
        let masksAlone = ["llama-bpe", "dbrx", "smaug-bpe"].contains(preTokenizer)
        matcher = try SpecialTokenMatcher(vocabulary, mask: masksAlone ? nil : special.mask)
        algorithm = try type.init(
            TokenizerSource(
                preTokenizer: preTokenizer, vocabulary: vocabulary, merges: merges, special: special,
                normalization: normalization))
    }

    private static func checkByteTokens(_ vocabulary: Vocabulary) throws(TokenizerError) {
        for id in 0..<Int32(truncatingIfNeeded: vocabulary.count) where vocabulary.kind(of: id) == .byte {
            let text = vocabulary.text(of: id)
            guard ByteToken.byte(of: text) == nil else { continue }
            throw .invalidByteToken(id: id, text: String(decoding: text.indices.map { text[$0] }, as: UTF8.self))
        }
    }

    /// The number of tokens; ids are below it.
    package var vocabularySize: Int { vocabulary.count }

    /// Whether a model that produces `token` has nothing more to say: the end of the text, of its turn or message.
    package func isEndOfGeneration(_ token: Int32) -> Bool { endOfGeneration.contains(token) }

    /// The tokens that ``isEndOfGeneration(_:)`` tells of.
    package var endTokens: [Int32] { endOfGeneration.sorted() }

    /// The token as the vocabulary spells it (`▁the`, `Ġthe`); nothing if there is no such token.
    package func text(of token: Int32) -> String? {
        guard vocabulary.contains(token) else { return nil }
        let text = vocabulary.text(of: token)
        return String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
    }

    /// The token that the vocabulary spells so.
    package func id(of text: String) -> Int32? { vocabulary.id(of: text.utf8.span) }

    /// Whether the first token of a text decodes to a space that is not part of it.
    var addsLeadingSpace: Bool { algorithm.addsLeadingSpace }
}

// MARK: - Encoding

extension Tokenizer {
    /// The tokens of a text.
    ///
    /// - Parameters:
    ///   - text: bytes, normally UTF-8.
    ///   - addSpecial: whether to add the tokens that the model expects around every text, as ``special`` says.
    ///   - parseSpecial: whether control tokens that are spelt out in the text (`<|im_end|>`) become these tokens. Keep
    ///     it off for what others write to a decoder, which could otherwise end its own turn. User-defined tokens are
    ///     always found.
    package func encode(_ text: Span<UInt8>, addSpecial: Bool, parseSpecial: Bool) -> [Int32] {
        encode(text, addSpecial: addSpecial, finding: parseSpecial ? .all : .none)
    }

    /// The tokens of a text with gaps: of the control tokens it may spell, only the one that masks a place is found.
    package func encode(maskedText text: String, addSpecial: Bool) -> [Int32] {
        encode(text.utf8.span, addSpecial: addSpecial, finding: special.mask.map { .only($0) } ?? .none)
    }

    private func encode(_ text: Span<UInt8>, addSpecial: Bool, finding control: ControlTokens) -> [Int32] {
        var tokens: [Int32] = []
        if addSpecial, special.addBOS, let bos = special.bos { tokens.append(bos) }
        var opensText = true
        for fragment in matcher.fragments(of: text, finding: control) {
            switch fragment {
            case .text(let range):
                algorithm.encode(text.extracting(range), opensText: opensText, into: &tokens)
                opensText = false
            case .token(let token):
                tokens.append(token)
                opensText = true
            }
        }
        if addSpecial, special.addEOS, let end = special.end { tokens.append(end) }
        return tokens
    }

    /// The tokens of a text; see ``encode(_:addSpecial:parseSpecial:)-(Span<UInt8>,_,_)``.
    package func encode(_ text: String, addSpecial: Bool, parseSpecial: Bool) -> [Int32] {
        encode(text.utf8.span, addSpecial: addSpecial, parseSpecial: parseSpecial)
    }
}

// MARK: - Decoding

extension Tokenizer {
    /// Appends the bytes that a token stands for, which need not be whole characters.
    ///
    /// An id outside the vocabulary stands for nothing.
    ///
    /// - Parameter renderSpecial: whether control and unknown tokens are spelt out; otherwise they are nothing.
    package func appendBytes(of token: Int32, to bytes: inout [UInt8], renderSpecial: Bool) {
        guard vocabulary.contains(token) else { return }
        let text = vocabulary.text(of: token)
        switch vocabulary.kind(of: token) {
        case .control, .unknown:
            if renderSpecial || shown.contains(token) { bytes.append(contentsOf: text) }
        case .userDefined:
            bytes.append(contentsOf: text)
        case .byte:
            if let byte = ByteToken.byte(of: text) { bytes.append(byte) }
        case .normal, .unused:
            algorithm.appendBytes(ofText: text, to: &bytes)
        }
    }

    /// The bytes of a text from its tokens.
    ///
    /// Where encoding puts a space before a text, the space that the first visible token begins with is left out.
    package func decode(_ tokens: Span<Int32>, renderSpecial: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        var removesSpace = addsLeadingSpace
        for i in tokens.indices {
            appendBytes(of: tokens[i], to: &bytes, renderSpecial: renderSpecial)
            if removesSpace, let first = bytes.first {
                if first == 0x20 { bytes.removeFirst() }
                removesSpace = false
            }
        }
        return bytes
    }

    /// The bytes of a text from its tokens; see ``decode(_:renderSpecial:)-(Span<Int32>,_)``.
    package func decode(_ tokens: [Int32], renderSpecial: Bool = false) -> [UInt8] {
        decode(tokens.span, renderSpecial: renderSpecial)
    }
}

extension Array<UInt8> {
    fileprivate mutating func append(contentsOf span: Span<UInt8>) {
        for i in span.indices { append(span[i]) }
    }
}
