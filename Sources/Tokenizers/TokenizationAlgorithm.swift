/// A way to turn text into tokens and back. Special tokens are not its business: it sees the text between them.
protocol TokenizationAlgorithm: Sendable {
    /// What `tokenizer.ggml.model` in GGUF calls it.
    static var model: String { get }

    /// The default special tokens, for files that do not state them.
    ///
    /// - Throws: ``TokenizerError/unknownPreTokenizer(_:known:)``.
    static func defaultSpecialTokens(
        preTokenizer: String?, vocabulary: Vocabulary
    ) throws(TokenizerError) -> SpecialTokens

    /// Whether every text begins with a token although the file says no.
    static func requiresBOS(preTokenizer: String?) throws(TokenizerError) -> Bool

    /// - Throws: ``TokenizerError`` for an unknown pre-tokenizer, or tables that make no sense.
    init(_ source: TokenizerSource) throws(TokenizerError)

    /// Appends the tokens of `text`.
    ///
    /// - Parameter opensText: whether nothing, or a special token, stands before it.
    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32])

    /// Appends the bytes that an ordinary token with this text stands for.
    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8])

    /// Whether ``encode(_:opensText:into:)`` puts a space before a text, which decoding must take away again.
    var addsLeadingSpace: Bool { get }

    /// The bytes that a character, which is no white space, becomes before a text is divided; none: it is left out.
    func normalized(_ character: Unicode.Scalar) -> [UInt8]

    /// How many of the characters, which begin with no white space, an unknown token stands for; nil: those up to the next
    /// token.
    func lengthOfUnknown(_ characters: ArraySlice<Unicode.Scalar>) -> Int?

    var spelling: TokenSpelling { get }

    /// Whether a token goes on a word, by its mark.
    func continues(_ token: String) -> Bool
}

/// How tokens spell a text.
struct TokenSpelling {
    /// Byte by byte, spaces too.
    var isVerbatim = false
    /// Whether the space in front of a word is part of its token, and one in front of the text.
    var keepsSpaces = false
    var keepsFirstSpace = false
    /// Whether the vocabulary marks tokens that go on a word.
    var marksContinuations = false
}

extension TokenizationAlgorithm {
    static func requiresBOS(preTokenizer: String?) throws(TokenizerError) -> Bool { false }

    func normalized(_ character: Unicode.Scalar) -> [UInt8] { Array(String(character).utf8) }

    func lengthOfUnknown(_ characters: ArraySlice<Unicode.Scalar>) -> Int? { nil }

    var spelling: TokenSpelling { TokenSpelling() }

    func continues(_ token: String) -> Bool { false }
}

/// Input that an algorithm is built from.
struct TokenizerSource {
    let preTokenizer: String?
    let vocabulary: Vocabulary
    let merges: ByteStrings
    let special: SpecialTokens
    let normalization: TextNormalization

    /// The same with another pre-tokenizer.
    func splitting(_ preTokenizer: String) -> TokenizerSource {
        TokenizerSource(
            preTokenizer: preTokenizer, vocabulary: vocabulary, merges: merges, special: special,
            normalization: normalization)
    }
}

/// Every algorithm known.
let tokenizationAlgorithms: [any TokenizationAlgorithm.Type] = [
    SentencePieceBPE.self,
    ByteLevelBPE.self,
    WordPiece.self,
    Unigram.self,
    PlainBPE.self,
    WhitespaceBPE.self,
    RWKV.self,
    PLaMo2.self,
    HybridDNA.self,
]

/// The algorithm that files call `model`.
///
/// - Parameter preTokenizer: some of byte-level BPE's are for vocabularies that are not byte-level.
/// - Throws: ``TokenizerError/unknownModel(_:known:)`` or ``TokenizerError/unknownPreTokenizer(_:known:)``.
func tokenizationAlgorithm(
    model: String, preTokenizer: String?
) throws(TokenizerError) -> any TokenizationAlgorithm.Type {
    if model == ByteLevelBPE.model, try PreTokenizer.named(preTokenizer).spelling != .byteAlphabet {
        return PlainBPE.self
    }
    for algorithm in tokenizationAlgorithms where algorithm.model == model { return algorithm }
    throw .unknownModel(model, known: tokenizationAlgorithms.map { $0.model })
}
