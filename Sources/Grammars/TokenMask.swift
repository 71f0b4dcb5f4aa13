/// Which tokens of a vocabulary may come next.
package struct TokenMask: Sendable, Equatable {
    private var words: [UInt64]
    private(set) package var count = 0

    init(vocabularySize: Int) {
        words = [UInt64](repeating: 0, count: (vocabularySize + 63) / 64)
    }

    package func contains(_ token: Int) -> Bool { words[token >> 6] >> UInt64(token & 63) & 1 == 1 }

    mutating func insert(_ token: Int) {
        guard !contains(token) else { return }
        words[token >> 6] |= 1 << UInt64(token & 63)
        count += 1
    }

    /// Adds the tokens of another mask of the vocabulary.
    mutating func formUnion(_ other: TokenMask) {
        count = 0
        for index in words.indices {
            words[index] |= other.words[index]
            count += words[index].nonzeroBitCount
        }
    }
}
