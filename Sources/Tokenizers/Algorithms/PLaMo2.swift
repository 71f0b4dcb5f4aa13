/// PLaMo 2's tokenizer: of all ways to divide a text into tokens, the one whose scores have the greatest sum; of equal ways,
/// the one that begins with the longest token.
///
/// Scores are counted in ten-thousandths. A character that no token covers becomes its bytes (`<0xXX>`) and counts as -1,000.
/// A byte order mark at the beginning of a text is left out.
///
/// - Source: huggingface.co/pfnet/plamo-2-1b, `tokenization_plamo.py`; github.com/ggml-org/llama.cpp, `src/llama-vocab.cpp`.
struct PLaMo2: TokenizationAlgorithm {
    static let model = "plamo2"
    private static let unknownScore = -10_000_000
    /// Tokens with this score or a lower one are not for text.
    private static let invalidScore = -20_000_000

    let addsLeadingSpace = false
    private let trie: ByteTrie
    /// The score of every token.
    private let scores: [Int]
    /// The token of every byte, or ``MergeSymbol/none``.
    private let byteTokens: [Int32]
    private let unknown: Int32?

    static func defaultSpecialTokens(preTokenizer: String?, vocabulary: Vocabulary) -> SpecialTokens {
        func id(_ id: Int32) -> Int32? { vocabulary.contains(id) ? id : nil }
        return SpecialTokens(bos: id(1), eos: id(2), unknown: id(0), padding: id(3))
    }

    init(_ source: TokenizerSource) throws(TokenizerError) {
        let vocabulary = source.vocabulary
        var trie = ByteTrie(roots: 1)
        var scores: [Int] = []
        scores.reserveCapacity(vocabulary.count)
        for id in 0..<Int32(truncatingIfNeeded: vocabulary.count) {
            let score = (Double(vocabulary.score(of: id)) * 10_000).rounded()
            // Within 32 bits, so that no sum is too large.
            scores.append(
                score.isFinite ? Int(max(Double(Self.invalidScore), min(score, Double(Int32.max)))) : Self.invalidScore)
            if vocabulary.kind(of: id).isText, scores[Int(id)] > Self.invalidScore {
                try trie.insert(id, vocabulary.text(of: id), from: 0)
            }
        }
        self.trie = trie
        self.scores = scores
        byteTokens = (UInt8.min...UInt8.max).map { byte in
            vocabulary.id(of: ByteToken.text(of: byte).span) ?? MergeSymbol.none
        }
        unknown = source.special.unknown
    }

    func encode(_ text: Span<UInt8>, opensText: Bool, into tokens: inout [Int32]) {
        var start = text.beginsWithByteOrderMark ? 3 : 0
        let steps = path(through: text, from: start)
        while start < text.count {
            let step = steps[start]
            if step.token != ByteTrie.none {
                tokens.append(step.token)
            } else {
                tokens.append(character: text.extracting(start..<step.end), byteTokens, unknown: unknown)
            }
            start = step.end
        }
    }

    /// The best way from an offset to the end: its cost, and the token that it begins with.
    private struct Step {
        var cost = 0
        var end = 0
        var token = ByteTrie.none
    }

    private func path(through text: Span<UInt8>, from first: Int) -> [Step] {
        var steps = [Step](repeating: Step(), count: text.count + 1)
        for start in (first..<max(first, text.count)).reversed() where text.beginsCharacter(at: start) {
            let next = start + text.decodeScalar(at: start, end: text.count).length
            var best = Step(cost: .max)
            var node: Int32 = 0
            var end = start
            while end < text.count, let child = trie.child(of: node, text[end]) {
                node = child
                end += 1
                let token = trie.token(at: node)
                guard token != ByteTrie.none, end >= next else { continue }
                let cost = steps[end].cost - scores[Int(token)]
                if cost <= best.cost { best = Step(cost: cost, end: end, token: token) }
            }
            let cost = steps[next].cost - Self.unknownScore
            steps[start] = cost < best.cost ? Step(cost: cost, end: next) : best
        }
        return steps
    }

    func appendBytes(ofText text: Span<UInt8>, to bytes: inout [UInt8]) {
        for i in text.indices { bytes.append(text[i]) }
    }
}

extension Span<UInt8> {
    fileprivate var beginsWithByteOrderMark: Bool {
        count >= 3 && self[0] == 0xEF && self[1] == 0xBB && self[2] == 0xBF
    }

    /// Whether a character, or an ill-formed byte, begins at byte `i`.
    fileprivate func beginsCharacter(at i: Int) -> Bool {
        guard self[i] & 0xC0 == 0x80 else { return true }
        // A continuation byte, unless it belongs to no well-formed character.
        for start in stride(from: i - 1, through: Swift.max(0, i - 3), by: -1) where self[start] & 0xC0 != 0x80 {
            return start + decodeScalar(at: start, end: count).length <= i
        }
        return true
    }
}
