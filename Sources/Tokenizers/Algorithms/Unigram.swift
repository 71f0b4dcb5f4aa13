/// SentencePiece's Unigram, the tokenizer of T5 and XLM-RoBERTa: of all ways to divide a text into tokens, the one whose
/// scores (logarithms of probabilities) have the greatest sum.
///
/// A character without a token becomes its bytes (`<0xXX>`), or the unknown token where a byte has none; several such in a
/// row become one unknown token. Scores are added in double precision, as Hugging Face does; SentencePiece itself adds in
/// single precision, which may decide between ways that are nearly as good.
///
/// - Source: arXiv:1804.10959; github.com/google/sentencepiece, `src/unigram_model.cc`.
struct Unigram: TokenizationAlgorithm {
    static let model = "t5"
    /// How much worse an unknown character is than the worst token.
    private static let unknownPenalty = 10.0

    let addsLeadingSpace: Bool
    private let normalizer: SentencePieceNormalizer
    /// What becomes of single characters.
    private let characters: HuggingFaceNormalizer
    /// Instead of ``normalizer`` where the file is of Hugging Face's kind.
    private let huggingFace: HuggingFaceNormalizer?
    private let trie: ByteTrie
    /// The score of every token.
    private let scores: [Double]
    private let unknownScore: Double
    private let unknown: Int32?
    /// The token of every byte, or ``ByteTrie/none``.
    private let byteTokens: [Int32]
    /// Whether no token goes on after a space within it, so that words can be divided one by one.
    private let wordsAreSeparate: Bool

    /// The tokens that T5's and XLM-RoBERTa's vocabularies call so. Only the latter has a beginning, and expects it.
    static func defaultSpecialTokens(preTokenizer: String?, vocabulary: Vocabulary) -> SpecialTokens {
        let bos = vocabulary.id(ofSpecial: "<s>")
        return SpecialTokens(
            bos: bos, eos: vocabulary.id(ofSpecial: "</s>"), unknown: vocabulary.id(ofSpecial: "<unk>"),
            padding: vocabulary.id(ofSpecial: "<pad>"),
            mask: vocabulary.id(ofSpecial: "<mask>"), addBOS: bos != nil, addEOS: true, addSpacePrefix: true)
    }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        let vocabulary = source.vocabulary
        let ids = 0..<Int32(truncatingIfNeeded: vocabulary.count)
        addsLeadingSpace = source.special.addSpacePrefix
        let charsmap = try PrecompiledCharsmap(source.normalization.precompiledCharsmap)
        huggingFace = source.normalization.huggingFaceSteps.map { steps in
            HuggingFaceNormalizer(
                charsmap: charsmap, steps: steps, addsSpacePrefix: source.special.addSpacePrefix)
        }
        characters = HuggingFaceNormalizer(
            charsmap: charsmap, steps: source.normalization.huggingFaceSteps ?? [], addsSpacePrefix: false)
        normalizer = SentencePieceNormalizer(
            charsmap: charsmap, addsSpacePrefix: source.special.addSpacePrefix,
            removesExtraWhitespace: source.normalization.removesExtraWhitespace)
        var least = 0.0
        var greatest = -Double.infinity
        var trie = ByteTrie(roots: 1)
        for id in ids where vocabulary.kind(of: id) == .normal || vocabulary.kind(of: id) == .userDefined {
            let text = vocabulary.text(of: id)
            guard text.count > 0 else { continue }
            try trie.insert(id, text, from: 0)
            let score = Double(vocabulary.score(of: id))
            guard vocabulary.kind(of: id) == .normal, score.isFinite else { continue }
            least = min(least, score)
            greatest = max(greatest, score)
        }
        let best = greatest.isFinite ? greatest : 0
        scores = ids.map { id in
            // SentencePiece prefers what users define to anything it could be divided into.
            if vocabulary.kind(of: id) == .userDefined { return Double(vocabulary.text(of: id).count) * best - 0.1 }
            let score = Double(vocabulary.score(of: id))
            return score.isFinite ? score : least
        }
        unknownScore = least - Self.unknownPenalty
        unknown = source.special.unknown
        byteTokens = (UInt8.min...UInt8.max).map { byte in
            guard let id = vocabulary.id(of: ByteToken.text(of: byte).span), vocabulary.kind(of: id) == .byte else {
                return ByteTrie.none
            }
            return id
        }
        wordsAreSeparate = vocabulary.wordsAreSeparate
        self.trie = trie
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        var scratch = Scratch()
        if let huggingFace {
            let (bytes, ends) = huggingFace.words(of: text, opensText: opensText)
            var start = 0
            for end in ends {
                scratch.followsUnknown = false
                encodeWord(bytes.span.extracting(start..<end), &scratch, into: &tokens)
                start = end
            }
        } else {
            let normalized = normalizer.normalized(text, opensText: opensText)
            let bytes = normalized.span
            var start = 0
            while start < bytes.count {
                let end = wordsAreSeparate ? bytes.endOfMarkedWord(from: start) : bytes.count
                encodeWord(bytes.extracting(start..<end), &scratch, into: &tokens)
                start = end
            }
        }
    }

    /// Scratch shared by words.
    private struct Scratch {
        var path: [Step] = []
        var pieces: [Piece] = []
        /// Whether the last token is the unknown token; one stands for several in a row.
        var followsUnknown = false
    }

    private func encodeWord(_ word: Span<UInt8>, _ scratch: inout Scratch, into tokens: inout [Int32]) {
        findPath(through: word, &scratch.path)
        Self.pieces(of: scratch.path, wordLength: word.count, &scratch.pieces)
        for piece in scratch.pieces.reversed() {
            if piece.token != ByteTrie.none {
                tokens.append(piece.token)
                scratch.followsUnknown = false
            } else if appendBytesAsTokens(word.extracting(piece.start..<piece.end), to: &tokens) {
                scratch.followsUnknown = false
            } else if let unknown, !scratch.followsUnknown {
                tokens.append(unknown)
                scratch.followsUnknown = true
            }
        }
    }

    /// The best way to an offset: its score, and the token that it ends with.
    private struct Step {
        var score = -Double.infinity
        var start = -1
        var token = ByteTrie.none
    }

    private struct Piece {
        let start: Int
        let end: Int
        let token: Int32
    }

    /// Finds the best way to every character's end, for each offset from 0 to the length of `word`.
    private func findPath(through word: Span<UInt8>, _ path: inout [Step]) {
        path.removeAll(keepingCapacity: true)
        path.append(contentsOf: repeatElement(Step(), count: word.count + 1))
        path[0].score = 0
        var start = 0
        while start < word.count {
            let next = start + word.decodeScalar(at: start, end: word.count).length
            let score = path[start].score
            var coversCharacter = false
            var node: Int32 = 0
            var end = start
            while end < word.count, let child = trie.child(of: node, word[end]) {
                node = child
                end += 1
                let token = trie.token(at: node)
                guard token != ByteTrie.none else { continue }
                Self.improve(&path[end], Step(score: score + scores[Int(token)], start: start, token: token))
                if end == next { coversCharacter = true }
            }
            if !coversCharacter {
                Self.improve(&path[next], Step(score: score + unknownScore, start: start))
            }
            start = next
        }
    }

    @inline(__always)
    private static func improve(_ step: inout Step, _ candidate: Step) {
        if step.start < 0 || candidate.score > step.score { step = candidate }
    }

    /// The pieces of the best path, the last first.
    private static func pieces(of path: [Step], wordLength: Int, _ pieces: inout [Piece]) {
        pieces.removeAll(keepingCapacity: true)
        var end = wordLength
        while end > 0, path[end].start >= 0 {
            pieces.append(Piece(start: path[end].start, end: end, token: path[end].token))
            end = path[end].start
        }
    }

    /// Appends a character that is no token, byte by byte; returns false if a byte has no token.
    private func appendBytesAsTokens(_ character: Span<UInt8>, to tokens: inout [Int32]) -> Bool {
        for i in character.indices where byteTokens[Int(character[i])] == ByteTrie.none { return false }
        for i in character.indices { tokens.append(byteTokens[Int(character[i])]) }
        return true
    }

    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) { bytes.append(unmarking: text) }

    func normalized(_ character: Unicode.Scalar) -> [UInt8] { characters.normalized(character) }

    var spelling: TokenSpelling {
        guard let steps = huggingFace?.steps else { return TokenSpelling(keepsSpaces: true) }
        return TokenSpelling(
            keepsSpaces: !steps.contains(.whitespaceSplit), keepsFirstSpace: !steps.contains(.stripLeft))
    }
}
