/// The vectors of some texts, in the texts' order.
public struct Embeddings: Sendable {
    /// The rows of one text.
    public struct Text: Sendable, Hashable {
        /// Its tokens that were computed, the special ones counted in.
        public let tokenCount: Int
        /// Whether its end was dropped.
        public let isTruncated: Bool
        /// Its rows: one, or without pooling one for each of its tokens.
        public let rows: Range<Int>
    }

    /// Elements of a vector.
    public let dimensions: Int
    /// `[rows, dimensions]`.
    public let values: [Float]
    /// One entry per text, in order.
    public let texts: [Text]

    /// How many texts there are.
    public var count: Int { texts.count }

    /// The vector of a text; without pooling those of its tokens, one after the other.
    public subscript(text: Int) -> ArraySlice<Float> {
        let rows = texts[text].rows
        return values[rows.lowerBound * dimensions..<rows.upperBound * dimensions]
    }

    /// The product of two texts' vectors: their cosine, if they were normalized.
    public func similarity(_ a: Int, _ b: Int) -> Float {
        zip(self[a], self[b]).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
