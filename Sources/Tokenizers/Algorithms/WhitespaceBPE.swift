/// BPE over words between white space, which is dropped; the tokenizer of Jina's Chinese embeddings.
///
/// - Source: github.com/ggml-org/llama.cpp, `src/llama-vocab.cpp`.
struct WhitespaceBPE: TokenizationAlgorithm {
    static let model = "whitespace"

    let addsLeadingSpace = false
    private let words: PlainBPE
    private let lowercases: Bool

    static func defaultSpecialTokens(preTokenizer: String?, vocabulary: Vocabulary) -> SpecialTokens { SpecialTokens() }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        words = try PlainBPE(source.splitting("whitespace"))
        lowercases = source.normalization.lowercases
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        let reader = TextReader(text, start: 0, end: text.count)
        var merger = PairMerger()
        var word: [UInt8] = []
        var offset = 0
        while let character = reader.character(at: offset) {
            if character.isWhitespace {
                words.encodeWord(word.span, &merger, into: &tokens)
                word.removeAll(keepingCapacity: true)
            } else if lowercases, let lower = Unicode.Scalar(BERTCharacters.shared.lowercased(character.value)) {
                word += Array(String(lower).utf8)
            } else {
                for i in offset..<character.next { word.append(text[i]) }
            }
            offset = character.next
        }
        words.encodeWord(word.span, &merger, into: &tokens)
    }

    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) { words.appendBytes(ofText: text, to: &bytes) }
}
