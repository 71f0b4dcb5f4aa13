internal import Graph
internal import Tensors

extension Step {
    /// What multiplies a term's product; nil: nothing does.
    func factor(_ term: ProductTerm) -> Float? {
        term.factor.map { $0.constant * adapterScales[$0.adapter] }
    }

    /// A worker's scratch in two parts: for the products of weights, and for those of adapters, which is empty where the
    /// terms have none.
    func scratch(_ worker: Worker, _ terms: Range<Int>, rows: Int) -> (weights: Scratch, lowRanks: Scratch) {
        let whole = scratch(worker)
        var rank = 0
        for index in terms {
            for part in self.terms[index].lowRanks { rank = max(rank, lowRanks[part].up.columns) }
        }
        guard rank > 0 else { return (whole, whole.prefix(0)) }
        // Of whole cache lines.
        let bytes = (kernels.lowRankScratchBytes(rank: rank, tokens: rows) + 63) / 64 * 64
        return (whole.prefix(whole.byteCount - bytes), whole.dropping(whole.byteCount - bytes))
    }

    /// Adds to the rows `range` of a term's product, those of `tokens`, what adapters add.
    ///
    /// - Parameter part: `[tokens, range.count]`.
    func addLowRanks(
        _ term: ProductTerm, _ range: Range<Int>, tokens: Range<Int>, to part: FloatRows, scratch: Scratch
    ) {
        for index in term.lowRanks {
            let lowRank = lowRanks[index]
            let x = rows(lowRank.x).rows(from: tokens.lowerBound, count: tokens.count)
            let gemvRows = gemvRows(lowRank.up.format, term.out)
            kernels.addLowRank(
                lowRank.up, rows: range, x, to: part, scratch: scratch,
                gemvTokens: min(max(gemvRows - tokens.lowerBound, 0), tokens.count))
        }
    }
}
