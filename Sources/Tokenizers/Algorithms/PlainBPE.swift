/// BPE over text as it is, the tokenizer of Gemma 4: the characters of a word are merged in the order of a list of merges.
///
/// A space may be written `▁`. A character without a token becomes its bytes (`<0xXX>`), or the unknown token where a byte
/// has none.
///
/// - Source: github.com/ggml-org/llama.cpp, `src/llama-vocab.cpp`; github.com/huggingface/tokenizers, `models/bpe` (with
///   `byte_fallback`).
struct PlainBPE: TokenizationAlgorithm {
    static let model = "gemma4"

    let addsLeadingSpace = false
    private let preTokenizer: PreTokenizer
    private let vocabulary: Vocabulary
    private let rules: Rules
    /// The token of every byte, or ``MergeSymbol/none``.
    private let byteTokens: [Int32]
    private let unknown: Int32?

    static func defaultSpecialTokens(preTokenizer: String?, vocabulary: Vocabulary) -> SpecialTokens { SpecialTokens() }

    static func requiresBOS(preTokenizer: String?) throws(TokenizerError) -> Bool {
        try rule(preTokenizer).alwaysAddsBOS
    }

    /// Files of Gemma 4 name byte-level rules, or none.
    private static func rule(_ name: String?) throws(TokenizerError) -> PreTokenizer {
        let rule = try PreTokenizer.named(name)
        return rule.spelling == .byteAlphabet ? try PreTokenizer.named(model) : rule
    }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        let vocabulary = source.vocabulary
        preTokenizer = try Self.rule(source.preTokenizer)
        self.vocabulary = vocabulary
        rules = Rules(merges: MergeTable(source.merges, vocabulary: vocabulary))
        byteTokens = (UInt8.min...UInt8.max).map { byte in
            vocabulary.id(of: ByteToken.text(of: byte).span) ?? MergeSymbol.none
        }
        unknown = source.special.unknown
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        guard preTokenizer.spelling == .spaceMarks else { return encodeWords(text, into: &tokens) }
        var marked: [UInt8] = []
        marked.append(marking: text)
        encodeWords(marked.span, into: &tokens)
    }

    private func encodeWords(_ text: Span<UInt8>, into tokens: inout [Int32]) {
        var words = WordIterator(text, preTokenizer)
        var merger = PairMerger()
        while let word = words.next() {
            if preTokenizer.lineFeedsAreTokensFirst, text[word.lowerBound] == 0x0A,
                let token = vocabulary.textToken(text.extracting(word))
            {
                tokens.append(token)
                continue
            }
            var start = word.lowerBound
            while start < word.upperBound {
                let end = min(word.upperBound, start + PairMerger.longestText)
                encodeWord(text.extracting(start..<end), &merger, into: &tokens)
                start = end
            }
        }
    }

    func encodeWord(_ word: Span<UInt8>, _ merger: inout PairMerger, into tokens: inout [Int32]) {
        merger.removeAll()
        var start = 0
        while start < word.count {
            let end = start + word.decodeScalar(at: start, end: word.count).length
            merger.append(start..<end, token: vocabulary.textToken(word.extracting(start..<end)) ?? MergeSymbol.none)
            start = end
        }
        merger.merge(rules, in: word)
        for symbol in merger.symbols where symbol.end > symbol.start {
            if symbol.token != MergeSymbol.none {
                tokens.append(symbol.token)
            } else {
                tokens.append(
                    character: word.extracting(Int(symbol.start)..<Int(symbol.end)), byteTokens, unknown: unknown)
            }
        }
    }

    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) {
        if preTokenizer.spelling == .spaceMarks {
            bytes.append(unmarking: text)
        } else {
            for i in text.indices { bytes.append(text[i]) }
        }
    }
}

extension PlainBPE {
    /// Neighbours merge when the list of merges has them; the first in the list first.
    private struct Rules: MergeRules, Sendable {
        let merges: MergeTable

        func merge(_ left: MergeSymbol, _ right: MergeSymbol, in text: Span<UInt8>) -> MergeResult? {
            guard left.token != MergeSymbol.none, right.token != MergeSymbol.none else { return nil }
            return merges.find(left.token, right.token)
        }
    }
}
