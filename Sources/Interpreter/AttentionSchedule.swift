internal import Graph
internal import Tensors

/// Where the rows of an attention find their keys: for self-attention to the batch or to a cache, and for cross-attention.
struct AttentionKeys {
    /// Consecutive rows that one call of attention takes, and what they see.
    struct Tile {
        let keys: KeyValueRows
        let values: KeyValueRows
        let firstRow: Int
        let count: Int
        /// That of the first row among the keys.
        let position: Int
        let keyCount: Int

        /// The positions that some row sees.
        func positions(_ mask: AttentionMask) -> Range<Int> {
            let first = mask.positions(from: position, count: keyCount)
            let last = mask.positions(from: position + count - 1, count: keyCount)
            return first.lowerBound..<max(first.lowerBound, last.upperBound)
        }
    }

    private enum Source {
        case batch(keys: KeyValueRows, values: KeyValueRows)
        case cache(layer: Int)
        case cross(layer: Int)
    }

    private let source: Source
    let tileCount: Int
    /// Whether all rows see the same keys, but for the mask.
    let isOneSequence: Bool

    init(_ source: KeySource, _ step: Step) {
        switch source {
        case .batch(let batch):
            self.source = .batch(
                keys: KeyValueRows(step.rows(batch.keys)), values: KeyValueRows(step.rows(batch.values)))
        case .cache(let layer, _): self.source = .cache(layer: layer)
        case .cross(let layer): self.source = .cross(layer: layer)
        }
        if case .cross = source {
            tileCount = step.crossTileCount
            isOneSequence = step.attendsToOneSource
        } else {
            tileCount = step.tileCount
            isOneSequence = step.entryCount == 1
        }
    }

    /// A tile below ``tileCount``.
    func tile(_ index: Int, of step: Step) -> Tile {
        if case .cross(let layer) = source {
            let tile = step.crossTiles[index]
            let cross = step.cross(tile.entry)
            return Tile(
                keys: cross.cache.keys(layer: layer, sequence: cross.sequence, positions: cross.length),
                values: cross.cache.values(layer: layer, sequence: cross.sequence, positions: cross.length),
                firstRow: tile.firstRow, count: tile.count, position: 0, keyCount: cross.length)
        }
        let tile = step.tiles[index]
        let entry = step.entries[tile.entry]
        let offset = tile.firstRow - entry.firstRow
        if case .batch(let keys, let values) = source {
            return Tile(
                keys: keys.rows(from: entry.firstRow, count: entry.count),
                values: values.rows(from: entry.firstRow, count: entry.count), firstRow: tile.firstRow,
                count: tile.count, position: offset, keyCount: entry.count)
        }
        guard case .cache(let layer) = source else { preconditionFailure("all sources are handled") }
        let positions = entry.cachedLength + entry.count
        return Tile(
            keys: step.cache.keys(layer: layer, sequence: entry.sequence, positions: positions),
            values: step.cache.values(layer: layer, sequence: entry.sequence, positions: positions),
            firstRow: tile.firstRow, count: tile.count, position: entry.cachedLength + offset, keyCount: positions)
    }

    /// Max positions that a row sees.
    func longest(_ mask: AttentionMask, of step: Step) -> Int {
        var longest = 0
        for index in 0..<tileCount { longest = max(longest, tile(index, of: step).positions(mask).count) }
        return longest
    }

    /// KV splits of the longest sequence.
    func splits(of step: Step) -> Int {
        var longest = 0
        for index in 0..<tileCount { longest = max(longest, tile(index, of: step).keyCount) }
        return SplitPartials.count(positions: longest)
    }
}

extension Step {
    /// What an entry's cross-attention reads: nothing where it was given nothing.
    fileprivate func cross(_ entry: Int) -> CrossCache {
        entries[entry].cross ?? CrossCache(cache, sequence: entries[entry].sequence, length: 0)
    }

    /// Whether all rows attend to the same keys of an encoder.
    fileprivate var attendsToOneSource: Bool {
        guard crossTileCount > 0 else { return true }
        let first = cross(crossTiles[0].entry)
        return (1..<crossTileCount).allSatisfy { cross(crossTiles[$0].entry).isSame(as: first) }
    }
}

/// How an attention is divided into items that threads take one after the other: a tile of rows, for one key/value head or
/// some, and of these where few rows leave threads idle one KV split each. No result depends on it.
struct AttentionSchedule {
    struct Item {
        let tile: Int
        /// The key/value head, or the first of `keyValueHeads`.
        let keyValueHead: Int
        let keyValueHeads: Int
        let heads: Range<Int>
        let split: Int
    }

    private let heads: Heads
    private let tileCount: Int
    private let isOneSequence: Bool
    private let splits: Int
    /// Calls that the heads of one key/value head are divided into.
    private let headSplits: Int
    private let units: Int
    /// Units that one item takes.
    private let run: Int
    private let runs: Int

    init(_ heads: Heads, _ keys: AttentionKeys, splits: Int, threads: Int) {
        self.heads = heads
        self.splits = splits
        tileCount = keys.tileCount
        isOneSequence = keys.isOneSequence
        let perKV = heads.queriesPerKV
        // As few as fit a call, more when threads would idle.
        let fits = (perKV + Kernels.maxQueries - 1) / Kernels.maxQueries
        let workers = (threads + splits - 1) / splits
        let items = max(1, tileCount * heads.keyValues)
        headSplits = min(perKV, max(fits, (workers + items - 1) / items))
        units = heads.keyValues * headSplits
        // Neighbouring heads of short sequences share lines of the cache, and what they attend to: a thread takes some of
        // them together.
        run =
            isOneSequence || headSplits > 1 || splits > 1 ? 1 : max(1, min(units, tileCount * units / (threads * 16)))
        runs = (units + run - 1) / run
    }

    var count: Int { tileCount * runs * splits }

    /// An item below ``count``; nil where the heads do not divide evenly and it is empty.
    subscript(item: Int) -> Item? {
        // One sequence's keys and values of a head stay in the cache of a core for all its tiles; of many short ones those
        // of all heads do.
        let place = item / splits
        let (tile, unit) =
            isOneSequence ? (place % tileCount, place / tileCount * run) : (place / runs, place % runs * run)
        let keyValueHead = unit / headSplits
        let perKV = heads.queriesPerKV
        let each = (perKV + headSplits - 1) / headSplits
        let first = keyValueHead * perKV + unit % headSplits * each
        let last = min(first + each, (keyValueHead + 1) * perKV)
        guard first < last else { return nil }
        // The last tiles of a prompt see the most positions: they come first, the short ones fill the gaps.
        return Item(
            tile: tileCount - 1 - tile, keyValueHead: keyValueHead, keyValueHeads: min(run, units - unit),
            heads: first..<last, split: item % splits)
    }
}
