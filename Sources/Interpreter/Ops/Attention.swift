internal import Graph
internal import Tensors

extension Step {
    /// Appends the step's keys and values to the cache, each row to its own sequence.
    func store(_ keys: Value, _ values: Value, _ layer: Int, _ worker: Worker) {
        let keys = rows(keys)
        let values = rows(values)
        for index in 0..<partCount {
            let part = parts[index]
            let cachedKeys = cache.keys(layer: layer, sequence: part.sequence)
            let cachedValues = cache.values(layer: layer, sequence: part.sequence)
            for row in worker.share(of: part.count) {
                kernels.store(keys, row: part.firstRow + row, to: cachedKeys, position: part.past + row)
                kernels.store(values, row: part.firstRow + row, to: cachedValues, position: part.past + row)
            }
        }
    }

    /// Attention to everything that the cache holds of each sequence, this step's positions included.
    func attendCache(
        _ query: Value, _ layer: Int, _ heads: Heads, _ mask: Mask, _ scale: Float, _ out: Value, _ worker: Worker
    ) {
        attend(query, heads, mask, scale, out, worker) { part in
            (
                cache.keys(layer: layer, sequence: part.sequence), cache.values(layer: layer, sequence: part.sequence),
                part.past
            )
        }
    }

    /// Attention of each sequence's rows to one another: no sequence sees another's.
    func attendStep(
        _ query: Value, _ keys: Value, _ values: Value, _ heads: Heads, _ mask: Mask, _ scale: Float, _ out: Value,
        _ worker: Worker
    ) {
        let keys = KeyValueRows(rows(keys))
        let values = KeyValueRows(rows(values))
        attend(query, heads, mask, scale, out, worker) { part in
            (
                keys.rows(from: part.firstRow, count: part.count), values.rows(from: part.firstRow, count: part.count),
                0
            )
        }
    }

    /// Threads take tiles of rows, for one key/value head each.
    ///
    /// - Parameter source: keys and values of a part, and how many positions they hold before the part's first row.
    private func attend(
        _ query: Value, _ heads: Heads, _ mask: Mask, _ scale: Float, _ out: Value, _ worker: Worker,
        _ source: (PlacedPart) -> (keys: KeyValueRows, values: KeyValueRows, past: Int)
    ) {
        let queries = rows(query)
        let out = rows(out)
        let scratch = scratch(worker)
        let group = heads.queries / heads.keyValues
        let split = groupSplit(heads, worker.threads)
        let headsEach = (group + split - 1) / split
        let units = heads.keyValues * split
        while true {
            let item = worker.take()
            guard item < tileCount * units else { break }
            // The last tiles of a prompt see the most positions: they come first, the short ones fill the gaps.
            let tile = tiles[tileCount - 1 - item / units]
            let unit = item % units
            let head = unit / split
            let first = head * group + unit % split * headsEach
            let last = min(first + headsEach, (head + 1) * group)
            guard first < last else { continue }
            let part = parts[tile.part]
            let (keys, values, past) = source(part)
            let call = AttentionTile(
                queries: queries, out: out, firstRow: tile.firstRow, tokens: tile.count, heads: first..<last,
                scale: scale)
            kernels.attention(
                call,
                keys: keys.columns(head * heads.keyDimension..<(head + 1) * heads.keyDimension),
                values: values.columns(head * heads.valueDimension..<(head + 1) * heads.valueDimension),
                range: { row in
                    switch mask {
                    case .causal: 0..<past + tile.firstRow - part.firstRow + row + 1
                    case .bidirectional: 0..<past + part.count
                    }
                }, scratch: scratch)
        }
    }

    /// Into how many calls the heads of a group are cut: as few as fit a call, more when threads would idle.
    private func groupSplit(_ heads: Heads, _ threads: Int) -> Int {
        let group = heads.queries / heads.keyValues
        let fits = (group + Kernels.mostQueries - 1) / Kernels.mostQueries
        let items = tileCount * heads.keyValues
        return min(group, max(fits, (threads + items - 1) / items))
    }
}
