/// Byte-level BPE, the tokenizer of GPT-2, Llama 3, Qwen and SmolLM: text is cut into words, and the bytes of a word
/// are merged in the order of a list of merges.
///
/// Any bytes can be encoded, and decode to themselves, if the vocabulary has a token for every byte. A byte without a
/// token becomes the unknown token, or nothing if there is none.
///
/// Where there is no list of merges, the vocabulary stands in for it: neighbours merge when together they are a token, the
/// one with the lowest id first, as in tiktoken.
///
/// - Source: "Language Models are Unsupervised Multitask Learners" (GPT-2), section 2.2.
struct ByteLevelBPE: TokenizationAlgorithm {
    static let model = "gpt2"

    let addsLeadingSpace = false
    private let preTokenizer: PreTokenizer
    private let vocabulary: Vocabulary
    private let rules: Rules
    private let alphabet = ByteAlphabet()
    /// The token of every byte, or ``MergeSymbol/none``.
    private let byteTokens: [Int32]
    private let unknown: Int32?

    /// None: which tokens are special differs from model to model, so a file must say it.
    static func defaultSpecialTokens(
        preTokenizer: String?, vocabulary: Vocabulary
    ) throws(TokenizerError) -> SpecialTokens {
        let preTokenizer = try PreTokenizer.named(preTokenizer)
        return SpecialTokens(addBOS: preTokenizer.addsBOSByDefault, addSeparator: preTokenizer.addsSeparatorByDefault)
    }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        let vocabulary = source.vocabulary
        let alphabet = alphabet
        preTokenizer = try PreTokenizer.named(source.preTokenizer)
        self.vocabulary = vocabulary
        rules = Rules(
            merges: source.merges.count > 0 ? MergeTable(source.merges, vocabulary: vocabulary) : nil,
            vocabulary: vocabulary, alphabet: alphabet)
        byteTokens = (UInt8.min...UInt8.max).map { byte in
            var text: [UInt8] = []
            alphabet.append(byte, to: &text)
            return vocabulary.textToken(text.span) ?? MergeSymbol.none
        }
        unknown = source.special.unknown
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        var words = WordIterator(text, preTokenizer)
        var merger = PairMerger()
        var spelling: [UInt8] = []
        while let word = words.next() {
            if preTokenizer.wordsAreTokensFirst, let token = token(ofWord: text.extracting(word), &spelling) {
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

    /// - Parameter spelling: scratch memory.
    private func token(ofWord word: Span<UInt8>, _ spelling: inout [UInt8]) -> Int32? {
        guard word.count <= vocabulary.longestText else { return nil }
        spelling.removeAll(keepingCapacity: true)
        for i in word.indices { alphabet.append(word[i], to: &spelling) }
        return vocabulary.textToken(spelling.span)
    }

    private func encodeWord(_ word: Span<UInt8>, _ merger: inout PairMerger, into tokens: inout [Int32]) {
        merger.removeAll()
        for i in word.indices { merger.append(i..<i + 1, token: byteTokens[Int(word[i])]) }
        merger.merge(rules, in: word)
        for symbol in merger.symbols where symbol.end > symbol.start {
            if symbol.token != MergeSymbol.none {
                tokens.append(symbol.token)
            } else if let unknown {
                tokens.append(unknown)
            }
        }
    }

    var spelling: TokenSpelling { TokenSpelling(isVerbatim: true) }

    /// Text with a character outside the alphabet is no byte-level text; it stands for itself.
    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) {
        let first = bytes.count
        var i = 0
        while i < text.count {
            let scalar = text.decodeScalar(at: i, end: text.count)
            guard let byte = alphabet.byte(of: scalar.value) else {
                bytes.removeSubrange(first...)
                for j in text.indices { bytes.append(text[j]) }
                return
            }
            bytes.append(byte)
            i += scalar.length
        }
    }
}

extension ByteLevelBPE {
    /// Neighbours merge when the list of merges has them; the first in the list first. Without a list: when they are a token.
    struct Rules: MergeRules, Sendable {
        let merges: MergeTable?
        let vocabulary: Vocabulary
        let alphabet: ByteAlphabet

        func merge(_ left: MergeSymbol, _ right: MergeSymbol, in text: Span<UInt8>) -> MergeResult? {
            guard left.token != MergeSymbol.none, right.token != MergeSymbol.none else { return nil }
            if let merges { return merges.find(left.token, right.token) }
            let bytes = Int(left.start)..<Int(right.end)
            guard bytes.count <= vocabulary.longestText else { return nil }
            var spelling: [UInt8] = []
            for index in bytes { alphabet.append(text[index], to: &spelling) }
            guard let token = vocabulary.textToken(spelling.span) else { return nil }
            return MergeResult(priority: UInt32(bitPattern: token), token: token)
        }
    }
}
