internal import Graph
internal import Tensors

extension Step {
    /// Attention of every row, whichever its sequence, to all positions of the memory.
    ///
    /// Threads take tiles of rows, for some heads each; and where few rows leave threads idle, one stretch of positions
    /// each, to be merged when all are done. How it is divided changes no result.
    func crossAttention(_ attention: Operation.Attention, _ layer: Int, _ worker: Worker) {
        let heads = attention.heads
        let queries = rows(attention.query)
        let out = rows(attention.out)
        let keys = memory.cache.keys(layer: layer, sequence: 0)
        let values = memory.cache.values(layer: layer, sequence: 0)
        let group = heads.queriesPerKV
        let headsEach = min(group, Kernels.mostQueries)
        let split = (group + headsEach - 1) / headsEach
        let tileRows = max(1, Kernels.mostQueries / headsEach)
        let tileCount = (queries.rows + tileRows - 1) / tileRows
        let units = heads.keyValues * split
        let stretched = memoryParts(heads, tileCount * units, worker.threads)
        let stretches = stretched?.stretches ?? 1
        let scratch = scratch(worker)
        while true {
            let item = worker.take()
            guard item < tileCount * units * stretches else { break }
            let row = item / (units * stretches) * tileRows
            let unit = item / stretches % units
            let head = unit / split
            let first = head * group + unit % split * headsEach
            let call = AttentionTile(
                queries: queries, out: out, firstRow: row, tokens: min(tileRows, queries.rows - row),
                heads: first..<min(first + headsEach, (head + 1) * group), scale: attention.scale)
            kernels.attention(
                call,
                keys: keys.columns(head * heads.keyDimension..<(head + 1) * heads.keyDimension),
                values: values.columns(head * heads.valueDimension..<(head + 1) * heads.valueDimension),
                range: { _ in 0..<memory.count }, stretch: item % stretches, of: stretched, scratch: scratch)
        }
        guard let stretched else { return }
        worker.barrier()
        for query in worker.share(of: queries.rows * heads.queries) {
            kernels.mergeParts(
                stretched, row: query / heads.queries, head: query % heads.queries, positions: memory.count,
                valueDimension: heads.valueDimension, out: out)
        }
    }

    /// Where attention to the memory is divided by stretches.
    private func memoryParts(_ heads: Heads, _ items: Int, _ threads: Int) -> AttentionParts? {
        guard threads > 1, tokenCount <= Operation.Attention.maxSplitTokens, items < 4 * threads,
            memory.count > AttentionParts.stretch
        else { return nil }
        let stretches = (memory.count + AttentionParts.stretch - 1) / AttentionParts.stretch
        let columns = AttentionParts.columns(valueDimension: heads.valueDimension)
        let rows = partsArena.floats(
            at: 0, rows: tokenCount * heads.queries * stretches, columns: columns, stride: columns)
        return AttentionParts(rows: rows, heads: heads.queries, stretches: stretches)
    }
}
