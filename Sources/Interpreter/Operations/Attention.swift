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
        let bias = attention.bias.map { biases[$0] }
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
            if case .positions(let tables, let rows) = bias {
                for head in columns {
                    attend(call, head, tile, tables, rows, heads: heads, mask: mask, scratch: scratch)
                }
                continue
            }
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

    /// A tile's attention for one of its heads, with the bias of relative positions.
    private func attend(
        _ tile: AttentionTile, _ head: Int, _ keys: AttentionKeys.Tile, _ tables: PositionTables, _ rows: PositionRows,
        heads: Heads, mask: AttentionMask, scratch: Scratch
    ) {
        let own = keys.keys.heads(head..<head + 1, of: heads.keyDimension)
        let (bias, rest) = positionBias(
            tables, rows, head, of: heads, queries: tile.queries.rows(from: keys.firstRow, count: keys.count),
            keys: own, position: keys.position, scale: tile.scores.scale, scratch: scratch)
        var call = tile
        call.heads = head..<head + 1
        call.keyValueHeads = 1
        call.scores.rowBias = bias
        kernels.attention(
            call, keys: own, values: keys.values.heads(head..<head + 1, of: heads.valueDimension),
            position: keys.position, range: { mask.positions(from: keys.position + $0, count: keys.keyCount) },
            scratch: rest)
    }

    private func positionBias(
        _ tables: PositionTables, _ rows: PositionRows, _ head: Int, of heads: Heads, queries: FloatRows,
        keys: KeyValueRows, position: Int, scale: Float, scratch: Scratch
    ) -> (bias: FloatRows, rest: Scratch) {
        let columns = head * heads.keyDimension..<(head + 1) * heads.keyDimension
        return kernels.positionBias(
            tables.columns(columns), rows, queries: queries.columns(columns), keys: keys, position: position,
            scale: scale, scratch: scratch)
    }

    private func scores(_ attention: Operation.Attention) -> AttentionScores {
        var scores = AttentionScores(
            scale: attention.scale, softcap: attention.softcap, sinks: attention.sinks)
        if case .distances(let rows) = attention.bias.map({ biases[$0] }) { scores.bias = rows }
        return scores
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
                var scores = scores
                if case .positions(let tables, let rows) = attention.bias.map({ biases[$0] }), !share.isEmpty {
                    scores.rowBias =
                        positionBias(
                            tables, rows, head, of: attention.heads,
                            queries: self.rows(attention.query).rows(
                                from: tile.firstRow + share.lowerBound, count: share.count),
                            keys: own, position: tile.position + share.lowerBound, scale: scores.scale,
                            scratch: scratch(worker)
                        ).bias
                }
                for row in share {
                    kernels.weigh(
                        out, row: row, biasRow: row - share.lowerBound, scores, head: head,
                        position: tile.position + row,
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
