/// SentencePiece's BPE, the tokenizer of Llama 1 and 2, Mistral and Gemma: of all neighbours that form a token, those
/// whose token has the highest score are merged first.
///
/// A space is written `▁` (U+2581). A character without a token becomes its bytes (`<0xXX>`), or the unknown token
/// where a byte has none; where no byte has one, one unknown token stands for several characters in a row.
///
/// - Source: arXiv:1808.06226; github.com/google/sentencepiece, `src/bpe_model.cc`.
struct SentencePieceBPE: TokenizationAlgorithm {
    static let model = "llama"

    let addsLeadingSpace: Bool
    private let rules: Rules
    /// Replaces characters first; nil: none are replaced, and all white space stays.
    private let normalizer: SentencePieceNormalizer?
    /// The token of every byte, or ``MergeSymbol/none``.
    private let byteTokens: [Int32]
    private let hasBytes: Bool
    private let unknown: Int32?
    /// Whether no token goes on after a space within it, so that words can be merged one by one.
    private let wordsAreSeparate: Bool

    static func defaultSpecialTokens(preTokenizer: String?, vocabulary: Vocabulary) -> SpecialTokens {
        SpecialTokens(bos: 1, eos: 2, unknown: 0, addBOS: true, addSpacePrefix: true)
    }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        let vocabulary = source.vocabulary
        addsLeadingSpace = source.special.addSpacePrefix
        rules = Rules(vocabulary: vocabulary)
        byteTokens = (UInt8.min...UInt8.max).map { byte in
            vocabulary.id(of: ByteToken.text(of: byte).span) ?? vocabulary.id(of: [byte].span) ?? MergeSymbol.none
        }
        hasBytes = (UInt8.min...UInt8.max).contains { vocabulary.id(of: ByteToken.text(of: $0).span) != nil }
        let charsmap = source.normalization.precompiledCharsmap
        normalizer =
            charsmap.isEmpty
            ? nil
            : SentencePieceNormalizer(
                charsmap: try PrecompiledCharsmap(charsmap), addsSpacePrefix: source.special.addSpacePrefix,
                removesExtraWhitespace: source.normalization.removesExtraWhitespace)
        unknown = source.special.unknown
        wordsAreSeparate = vocabulary.wordsAreSeparate
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        let marked = marked(text, opensText: opensText)
        let bytes = marked.span
        var merger = PairMerger()
        var start = 0
        while start < bytes.count {
            let end = wordsAreSeparate ? bytes.endOfMarkedWord(from: start) : bytes.count
            let limit = min(end, start + PairMerger.longestText)
            encodeWord(bytes.extracting(start..<limit), &merger, into: &tokens)
            start = limit
        }
    }

    private func marked(_ text: Span<UInt8>, opensText: Bool) -> [UInt8] {
        if let normalizer { return normalizer.normalized(text, opensText: opensText) }
        var marked: [UInt8] = addsLeadingSpace && opensText ? SpaceMark.bytes : []
        marked.append(marking: text)
        return marked
    }

    private func encodeWord(_ word: Span<UInt8>, _ merger: inout PairMerger, into tokens: inout [Int32]) {
        merger.removeAll()
        var start = 0
        while start < word.count {
            let end = start + word.decodeScalar(at: start, end: word.count).length
            let token = rules.vocabulary.textToken(word.extracting(start..<end)) ?? MergeSymbol.none
            merger.append(start..<end, token: token)
            start = end
        }
        merger.merge(rules, in: word)
        for symbol in merger.symbols where symbol.end > symbol.start {
            if symbol.token != MergeSymbol.none {
                tokens.append(symbol.token)
            } else if !hasBytes {
                if let unknown, tokens.last != unknown { tokens.append(unknown) }
            } else {
                tokens.append(
                    character: word.extracting(Int(symbol.start)..<Int(symbol.end)), byteTokens, unknown: unknown)
            }
        }
    }

    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(unmarking: text)
    }
}

extension SentencePieceBPE {
    /// Neighbours merge when their text together is a token; the highest score first.
    struct Rules: MergeRules, Sendable {
        let vocabulary: Vocabulary

        func merge(_ left: MergeSymbol, _ right: MergeSymbol, in text: Span<UInt8>) -> MergeResult? {
            guard let token = vocabulary.textToken(text.extracting(Int(left.start)..<Int(right.end))) else {
                return nil
            }
            return MergeResult(priority: Self.priority(ofScore: vocabulary.score(of: token)), token: token)
        }

        /// Maps scores to integers in the opposite order; adding zero makes one of the two zeros.
        static func priority(ofScore score: Float) -> UInt32 {
            let bits = (score + 0).bitPattern
            return bits & 0x8000_0000 == 0 ? 0x7FFF_FFFF - bits : bits
        }
    }
}
