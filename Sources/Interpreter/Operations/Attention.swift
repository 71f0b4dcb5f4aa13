internal import Graph
internal import Tensors

extension Step {
    func attention(_ attention: Operation.Attention, _ worker: Worker) {
        switch attention.source {
        case .batch(let batch):
            let keys = KeyValueRows(rows(batch.keys))
            let values = KeyValueRows(rows(batch.values))
            attend(attention, nil, worker) { part in
                (
                    keys.rows(from: part.firstRow, count: part.count),
                    values.rows(from: part.firstRow, count: part.count), 0
                )
            }
        case .cache(let layer, _):
            attend(attention, partsOfCache(attention.heads, attention.mask, worker.threads), worker) { part in
                (
                    cache.keys(layer: layer, sequence: part.sequence),
                    cache.values(layer: layer, sequence: part.sequence), part.past
                )
            }
        case .cross(let layer): crossAttention(attention, layer, worker)
        }
    }

    /// Threads take tiles of rows, for one key/value head each, or some heads of short sequences; and where there are
    /// `parts`, one stretch of positions each, to be merged when all are done.
    ///
    /// - Parameter source: keys and values of a part, and how many positions they hold before the part's first row.
    private func attend(
        _ attention: Operation.Attention, _ stretched: AttentionParts?, _ worker: Worker,
        _ source: (PlacedPart) -> (keys: KeyValueRows, values: KeyValueRows, past: Int)
    ) {
        let heads = attention.heads
        let mask = attention.mask
        let queries = rows(attention.query)
        let out = rows(attention.out)
        let scratch = scratch(worker)
        let group = heads.queriesPerKV
        let stretches = stretched?.stretches ?? 1
        let split = groupSplit(heads, (worker.threads + stretches - 1) / stretches)
        let headsEach = (group + split - 1) / split
        let units = heads.keyValues * split
        // Neighbouring heads of short sequences share lines of the cache, and what they attend to: a thread takes some of
        // them together.
        let run =
            partCount == 1 || split > 1 || stretches > 1
            ? 1 : max(1, min(units, tileCount * units / (worker.threads * 16)))
        let runs = (units + run - 1) / run
        while true {
            let item = worker.take()
            guard item < tileCount * runs * stretches else { break }
            // One sequence's keys and values of a head stay in the cache of a core for all its tiles; of many short ones
            // those of all heads do.
            let place = item / stretches
            let (tileIndex, unit) =
                partCount == 1
                ? (place % tileCount, place / tileCount * run) : (place / runs, place % runs * run)
            // The last tiles of a prompt see the most positions: they come first, the short ones fill the gaps.
            let tile = tiles[tileCount - 1 - tileIndex]
            let stretch = item % stretches
            let head = unit / split
            let first = head * group + unit % split * headsEach
            let last = min(first + headsEach, (head + 1) * group)
            let groups = min(run, units - unit)
            guard first < last else { continue }
            let part = parts[tile.part]
            let (keys, values, past) = source(part)
            guard stretch * AttentionParts.stretch < past + part.count else { continue }
            let call = AttentionTile(
                queries: queries, out: out, firstRow: tile.firstRow, tokens: tile.count, heads: first..<last,
                groups: groups, scale: attention.scale)
            kernels.attention(
                call,
                keys: keys.columns(head * heads.keyDimension..<(head + groups) * heads.keyDimension),
                values: values.columns(head * heads.valueDimension..<(head + groups) * heads.valueDimension),
                range: { row in positions(tile, part, past, row, mask) },
                slope: { head in mask.slope(head: head, of: heads.queries) },
                position: past + tile.firstRow - part.firstRow, stretch: stretch, of: stretched, scratch: scratch)
        }
        guard let stretched else { return }
        worker.barrier()
        for tileIndex in 0..<tileCount {
            let tile = tiles[tileIndex]
            let part = parts[tile.part]
            let past = source(part).past
            for query in worker.share(of: tile.count * heads.queries) {
                let row = query / heads.queries
                kernels.mergeParts(
                    stretched, row: tile.firstRow + row, head: query % heads.queries,
                    positions: positions(tile, part, past, row, mask).count, valueDimension: heads.valueDimension,
                    out: out)
            }
        }
    }

    /// The positions that row `row` of a tile sees.
    private func positions(_ tile: Tile, _ part: PlacedPart, _ past: Int, _ row: Int, _ mask: Mask) -> Range<Int> {
        let position = past + tile.firstRow - part.firstRow + row
        return switch mask {
        case .causal: 0..<position + 1
        case .bidirectional, .alibi: 0..<past + part.count
        case .window(let radius): max(0, position - radius)..<min(position + radius + 1, past + part.count)
        }
    }

    /// Where attention to the cache is divided by stretches: when few tokens see many positions, so that threads would
    /// idle or wait for the last. How it is divided changes no result.
    private func partsOfCache(_ heads: Heads, _ mask: Mask, _ threads: Int) -> AttentionParts? {
        guard mask == .causal || mask == .bidirectional, threads > 1, tokenCount <= Operation.Attention.maxSplitTokens,
            tileCount * heads.keyValues < 4 * threads
        else {
            return nil
        }
        var longest = 0
        for index in 0..<partCount { longest = max(longest, parts[index].past + parts[index].count) }
        guard longest > AttentionParts.stretch else { return nil }
        let stretches = (longest + AttentionParts.stretch - 1) / AttentionParts.stretch
        let columns = AttentionParts.columns(valueDimension: heads.valueDimension)
        let rows = partsArena.floats(
            at: 0, rows: tokenCount * heads.queries * stretches, columns: columns, stride: columns)
        return AttentionParts(rows: rows, heads: heads.queries, stretches: stretches)
    }

    /// Into how many calls the heads of a group are cut: as few as fit a call, more when threads would idle.
    private func groupSplit(_ heads: Heads, _ threads: Int) -> Int {
        let group = heads.queriesPerKV
        let fits = (group + Kernels.mostQueries - 1) / Kernels.mostQueries
        let items = tileCount * heads.keyValues
        return min(group, max(fits, (threads + items - 1) / items))
    }
}
