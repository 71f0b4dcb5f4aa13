internal import Graph
internal import Tensors

extension Step {
    func attention(_ attention: Operation.Attention, _ worker: Worker) {
        let heads = attention.heads
        let mask = attention.mask
        let queries = rows(attention.query)
        let out = rows(attention.out)
        let scratch = scratch(worker)
        let scores = scores(attention)
        let keys = AttentionKeys(attention.source, self)
        let partials = partials(attention, keys, worker.threads)
        let schedule = AttentionSchedule(heads, keys, splits: partials?.splits ?? 1, threads: worker.threads)
        while true {
            let number = worker.take()
            guard number < schedule.count else { break }
            guard let item = schedule[number] else { continue }
            let tile = keys.tile(item.tile, of: self)
            if partials != nil, !SplitPartials.range(item.split).overlaps(tile.positions(mask)) { continue }
            let call = AttentionTile(
                queries: queries, out: out, firstRow: tile.firstRow, tokens: tile.count, heads: item.heads,
                keyValueHeads: item.keyValueHeads, scores: scores)
            let columns = item.keyValueHead..<item.keyValueHead + item.keyValueHeads
            kernels.attention(
                call, keys: tile.keys.heads(columns, of: heads.keyDimension),
                values: tile.values.heads(columns, of: heads.valueDimension), position: tile.position,
                range: { mask.positions(from: tile.position + $0, count: tile.keyCount) }, split: item.split,
                of: partials, scratch: scratch)
        }
        if !weightHeads.isEmpty { attentionWeights(attention, scores, keys, worker) }
        guard let partials else { return }
        worker.barrier()
        for index in 0..<keys.tileCount {
            let tile = keys.tile(index, of: self)
            for query in worker.share(of: tile.count * heads.queries) {
                let row = query / heads.queries
                kernels.mergeSplits(
                    partials, row: tile.firstRow + row, head: query % heads.queries,
                    positions: mask.positions(from: tile.position + row, count: tile.keyCount),
                    valueDimension: heads.valueDimension, sinks: scores.sinks, out: out)
            }
        }
    }

    private func scores(_ attention: Operation.Attention) -> AttentionScores {
        AttentionScores(
            scale: attention.scale, softcap: attention.softcap, bias: attention.bias.map { biases[$0] },
            sinks: attention.sinks)
    }

    /// Where attention to a cache is divided by KV splits: when few tokens see many positions, so that threads would idle
    /// or wait for the last. No result depends on it.
    private func partials(
        _ attention: Operation.Attention, _ keys: AttentionKeys, _ threads: Int
    ) -> SplitPartials? {
        let heads = attention.heads
        guard attention.readsCache, threads > 1, tokenCount <= Operation.Attention.maxSplitTokens,
            keys.tileCount * heads.keyValues < 4 * threads,
            keys.longest(attention.mask, of: self) > SplitPartials.positions
        else { return nil }
        let splits = keys.splits(of: self)
        let columns = SplitPartials.columns(valueDimension: heads.valueDimension)
        let rows = splitsArena.floats(
            at: 0, rows: tokenCount * heads.queries * splits, columns: columns, stride: columns)
        return SplitPartials(rows: rows, heads: heads.queries, splits: splits)
    }

    /// The weights of those heads of this attention that the step was asked for, zero where the mask hides a position.
    private func attentionWeights(
        _ attention: Operation.Attention, _ scores: AttentionScores, _ keys: AttentionKeys, _ worker: Worker
    ) {
        let dimension = attention.heads.keyDimension
        for place in 0..<weightHeads.count where weightHeads[place].attention == attention.out {
            let head = weightHeads[place].head
            let queries = rows(attention.query).columns(head * dimension..<(head + 1) * dimension)
            let keyValueHead = head / attention.heads.queriesPerKV
            for index in 0..<keys.tileCount {
                let tile = keys.tile(index, of: self)
                let out = weightRows.columns(0..<tile.keyCount).rows(
                    from: place * tokenCount + tile.firstRow, count: tile.count)
                let own = tile.keys.heads(keyValueHead..<keyValueHead + 1, of: dimension)
                    .rows(from: 0, count: tile.keyCount)
                let share = worker.share(of: tile.count)
                kernels.scores(
                    queries.rows(from: tile.firstRow, count: tile.count), rows: share, keys: own,
                    positions: tile.positions(attention.mask), scale: scores.scale, to: out, scratch: scratch(worker))
                for row in share {
                    kernels.weigh(
                        out, row: row, scores, head: head, position: tile.position + row,
                        range: attention.mask.positions(from: tile.position + row, count: tile.keyCount))
                }
            }
        }
    }
}

extension KeyValueRows {
    /// The columns of some heads.
    fileprivate func heads(_ heads: Range<Int>, of dimension: Int) -> KeyValueRows {
        columns(heads.lowerBound * dimension..<heads.upperBound * dimension)
    }
}
