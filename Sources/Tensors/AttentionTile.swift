internal import CKernels

/// How scores come from queries and keys:
/// `softcap * tanh(scale * query . key / softcap) + bias[head, key's position - query's position]`.
package struct AttentionScores: Sendable, BitwiseCopyable {
    package var scale: Float
    /// 0: scores are not capped (arXiv:2408.00118).
    package var softcap: Float
    package var bias: BiasRows?
    /// Instead of `bias`, one for each row of the tile and each key, of the tile's only head: `[tokens, keys + padding]`.
    package var rowBias: FloatRows?
    /// One more score a head, without a value (arXiv:2309.17453).
    package var sinks: WeightVector?

    package init(scale: Float, softcap: Float = 0, bias: BiasRows? = nil, sinks: WeightVector? = nil) {
        self.scale = scale
        self.softcap = softcap
        self.bias = bias
        self.sinks = sinks
    }
}

/// A bias of scores, `[heads, back + 1 + ahead]`: a column for every distance from `-back` to `ahead`.
@safe package struct BiasRows: Sendable, BitwiseCopyable {
    private let rows: FloatRows
    private let back: Int
    private let ahead: Int

    private static let padding = Int(SWL_BIAS_PADDING)

    /// Columns that the rows take: vectors read a little beyond the
    package static func columns(back: Int, ahead: Int) -> Int { back + 1 + ahead + 2 * padding }

    /// - Parameter rows: `[heads, columns(back:ahead:)]`, zero at first.
    package init(_ rows: FloatRows, back: Int, ahead: Int) {
        precondition(back >= 0 && ahead >= 0 && rows.columns == Self.columns(back: back, ahead: ahead))
        self.rows = rows
        self.back = back
        self.ahead = ahead
    }

    package subscript(head: Int, distance: Int) -> Float {
        get { rows[head, column(distance)] }
        nonmutating set { rows[head, column(distance)] = newValue }
    }

    /// A head's bias at distance 0.
    func pointer(head: Int) -> UnsafePointer<Float> { unsafe UnsafePointer(rows.pointer(row: head) + column(0)) }

    /// Whether there is a bias for a query at `position` and each of some keys.
    func covers(_ keys: Range<Int>, from position: Int) -> Bool {
        keys.isEmpty
            || (keys.lowerBound - position >= -back && keys.upperBound - 1 - position <= ahead)
    }

    private func column(_ distance: Int) -> Int {
        precondition(distance >= -back && distance <= ahead)
        return Self.padding + back + distance
    }
}

/// The queries of one call of attention: some tokens' rows, each with the heads that share one key/value head; and so
/// for the heads that follow, if the call takes more than one key/value head.
package struct AttentionTile: Sendable {
    /// Query rows `[tokens, heads * keyDimension]` of the tile, and where their results go.
    package var queries: FloatRows
    package var out: FloatRows
    /// The first row of the tile in `queries` and `out`, and how many.
    package var firstRow: Int
    package var tokens: Int
    /// The heads of the first key/value head.
    package var heads: Range<Int>
    /// Consecutive key/value heads, each with as many heads.
    package var keyValueHeads: Int
    package var scores: AttentionScores

    package init(
        queries: FloatRows, out: FloatRows, firstRow: Int, tokens: Int, heads: Range<Int>,
        keyValueHeads: Int = 1, scores: AttentionScores
    ) {
        self.queries = queries
        self.out = out
        self.firstRow = firstRow
        self.tokens = tokens
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.scores = scores
    }

    var headLimit: Int { heads.lowerBound + keyValueHeads * heads.count }
}

/// Partial results of attention, `[queries, splits, columns]`, when threads divide the positions of a sequence among them
/// by KV splits (flash-decoding).
package struct SplitPartials: Sendable {
    /// Positions of a split, which begins at a multiple of this.
    package static let positions = Int(SWL_KV_SPLIT)

    /// `[queries * splits, columns(valueDimension:)]`; query `row * heads + head` of the step.
    package var rows: FloatRows
    package var heads: Int
    package var splits: Int

    package init(rows: FloatRows, heads: Int, splits: Int) {
        self.rows = rows
        self.heads = heads
        self.splits = splits
    }

    package static func columns(valueDimension: Int) -> Int { Int(SWL_ATTENTION_STATE) + valueDimension }

    /// Splits of a number of positions.
    package static func count(positions count: Int) -> Int { (count + positions - 1) / positions }

    /// The positions of a split.
    package static func range(_ split: Int) -> Range<Int> { split * positions..<(split + 1) * positions }

    func row(_ row: Int, head: Int, split: Int) -> Int { (row * heads + head) * splits + split }
}
