/// Products of an adapter's second matrix, whose results are added to those of a weight's.
extension Kernels {
    /// Rows of such a product for all tokens of a full step that scratch holds.
    private static var lowRankRows: Int { 64 }

    /// Bytes of scratch that ``addLowRank(_:rows:_:to:scratch:gemvTokens:)`` needs.
    package func lowRankScratchBytes(rank: Int, tokens: Int) -> Int {
        productScratchBytes(columns: rank) + tokens * Self.lowRankRows * 4
    }

    /// `out[t, r - rows.lowerBound] += weights[r] . x[t]` for every token `t` and every `r` in `rows`.
    ///
    /// - Parameters:
    ///   - weights: of a float format.
    ///   - x: `[tokens, weights.columns]`, with more tokens than `out` where it begins at `firstToken`.
    ///   - out: `[tokens, rows.count]`.
    ///   - scratch: at least ``lowRankScratchBytes(rank:tokens:)``.
    ///   - gemvTokens: see ``product(_:rows:_:out:scratch:gemvTokens:)``.
    package func addLowRank(
        _ weights: WeightMatrix, rows: Range<Int>, _ x: FloatRows, to out: FloatRows, scratch: Scratch, gemvTokens: Int
    ) {
        guard out.rows > 0 else { return }
        let work = scratch.dropping(productScratchBytes(columns: weights.columns))
        let most = work.byteCount / (4 * out.rows)
        precondition(most > 0 && !weights.format.isQuantized)
        let input = Activations(floats: x, quantized: nil)
        var first = rows.lowerBound
        while first < rows.upperBound {
            let part = first..<min(first + most, rows.upperBound)
            let sum = out.columns(part.lowerBound - rows.lowerBound..<part.upperBound - rows.lowerBound)
            let product = work.floats(rows: out.rows, columns: part.count)
            self.product(weights, rows: part, input, out: product, scratch: scratch, gemvTokens: gemvTokens)
            for row in 0..<out.rows { add(product, row: row, to: sum, row: row) }
            first = part.upperBound
        }
    }
}
