package import Graph
package import Tensors

/// The state of sequences: keys and values in pages, which sequences share until one writes to them (arXiv:2309.06180),
/// and states of fixed size, which each step replaces.
///
/// Memory grows with the lengths of sequences; of layers with a window only the window is kept.
package struct SequenceStore: ~Copyable {
    /// Max positions of one sequence.
    package let capacity: Int
    package let format: CacheFormat
    let layout: StateLayout
    let layers: FixedBuffer<StateLayout.KeyValueLayer>
    /// Those of `Graph.fixedStates`, in their order.
    let fixed: FixedBuffer<StateLayout.FixedLayer>
    /// By group.
    var pools: [PagePool]
    /// Blocks of the states that each step replaces. Block 0 is zero, where sequences begin.
    var blocks: PagePool
    var sequences: [Stored] = []
    /// `[sequences, groups, tablePages]`: the pages of `sequences`, as kernels read them.
    var table = FixedBuffer<Page>([])
    var tablePages = 16

    /// A sequence, or room for one.
    struct Stored: Sendable {
        var isOpen = false
        var current: SequenceRecord
        /// The block that the running step fills.
        var nextBlock: Int32?
        /// By ascending length, all of the current history.
        var snapshots: [SequenceRecord] = []
    }

    /// - Parameter states: by layer; nil for a layer without.
    /// - Throws: ``InterpreterError/tooLarge(_:)`` or `tensors(.outOfMemory)`.
    package init(states: [StateSpec?], capacity: Int, format: CacheFormat) throws(InterpreterError) {
        guard capacity > 0, capacity < Int(Int32.max) else { throw .tooLarge("a cache of \(capacity) positions") }
        let layout = try StateLayout(states, format)
        for group in layout.groups {
            _ = try StateLayout.bytes(capacity / Page.positions + 1, group.pageBytes)
        }
        var blocks = PagePool(byteCount: layout.fixedBytes)
        if layout.fixedBytes > 0 { _ = try blocks.take() }
        self.layout = layout
        self.blocks = blocks
        self.capacity = capacity
        self.format = format
        layers = FixedBuffer(layout.keyValues)
        fixed = FixedBuffer(layout.fixed.compactMap { $0 })
        pools = layout.groups.map { PagePool(byteCount: $0.pageBytes) }
    }

    /// Bytes that one sequence of this length takes.
    package func byteCount(positions: Int) -> Int {
        layout.groups.reduce(layout.fixedBytes) { sum, group in
            let kept = min(positions, group.window.map { $0 + Page.positions } ?? positions)
            return sum + (kept + Page.positions - 1) / Page.positions * group.pageBytes
        }
    }

    /// Bytes of the pages and blocks that sequences hold.
    package var usedByteCount: Int {
        pools.reduce(blocks.usedCount * blocks.byteCount) { $0 + $1.usedCount * $1.byteCount }
    }

    /// Bytes of the pages and blocks that a sequence holds, those that it shares counted in.
    package func usedByteCount(of sequence: Int) -> Int {
        let record = sequences[sequence].current
        let own = (record.block == 0 ? 0 : 1) + (sequences[sequence].nextBlock == nil ? 0 : 1)
        return pools.indices.reduce(own * blocks.byteCount) {
            $0 + record.runs[$1].pages.count * pools[$1].byteCount
        }
    }

    package func isOpen(_ sequence: Int) -> Bool { sequences.indices.contains(sequence) && sequences[sequence].isOpen }

    /// Positions of an open sequence.
    package func length(of sequence: Int) -> Int { sequences[sequence].current.length }

    /// Positions that an open sequence's cross-attention reads.
    package func crossLength(of sequence: Int) -> Int { sequences[sequence].current.crossLength }

    // MARK: Sequences

    /// Makes room for sequences that may be opened.
    mutating func makeRoom(sequences count: Int) {
        while sequences.count < count {
            sequences.append(Stored(current: SequenceRecord(groups: pools.count, block: 0)))
        }
        growTable(pages: tablePages)
    }

    /// A new sequence without positions.
    package mutating func open() -> Int {
        let index = sequences.firstIndex { !$0.isOpen } ?? sequences.count
        makeRoom(sequences: index + 1)
        sequences[index].isOpen = true
        if layout.fixedBytes > 0 { blocks.retain(0) }
        return index
    }

    /// A new sequence with the state and the snapshots of another. Nothing is copied: both share all pages.
    package mutating func fork(_ sequence: Int) -> Int {
        let fork = open()
        adopt(trimmed(sequence), in: fork)
        for snapshot in sequences[sequence].snapshots {
            retain(snapshot)
            sequences[fork].snapshots.append(snapshot)
        }
        return fork
    }

    /// Forgets a sequence.
    package mutating func close(_ sequence: Int) {
        for snapshot in sequences[sequence].snapshots { release(snapshot) }
        sequences[sequence].snapshots = []
        if let block = sequences[sequence].nextBlock { blocks.release(block) }
        sequences[sequence].nextBlock = nil
        replace(sequence, SequenceRecord(groups: pools.count, block: 0))
        sequences[sequence].isOpen = false
    }

    /// Replaces a sequence's record by one that others hold.
    mutating func adopt(_ record: SequenceRecord, in sequence: Int) {
        retain(record)
        replace(sequence, record)
    }

    private mutating func replace(_ sequence: Int, _ record: SequenceRecord) {
        release(sequences[sequence].current)
        sequences[sequence].current = record
        growTable(pages: record.runs.reduce(0) { max($0, $1.end) })
        for group in pools.indices { fillTable(sequence, group) }
    }

    private mutating func retain(_ record: SequenceRecord) {
        for group in pools.indices {
            for page in record.runs[group].pages { pools[group].retain(page) }
        }
        if layout.fixedBytes > 0 { blocks.retain(record.block) }
    }

    mutating func release(_ record: SequenceRecord) {
        for group in pools.indices {
            for page in record.runs[group].pages { pools[group].release(page) }
        }
        if layout.fixedBytes > 0 { blocks.release(record.block) }
    }

    /// A sequence's record, without pages beyond its length.
    func trimmed(_ sequence: Int) -> SequenceRecord {
        var record = sequences[sequence].current
        for group in pools.indices where !layout.groups[group].isCross {
            let count = max(0, Self.pages(record.length) - record.runs[group].first)
            record.runs[group].pages.removeLast(max(0, record.runs[group].pages.count - count))
        }
        return record
    }

    /// Keeps the state as it is: ``truncate(_:to:)`` can come back to it, as long as no earlier length was gone back to.
    package mutating func snapshot(_ sequence: Int) {
        let record = trimmed(sequence)
        retain(record)
        if let last = sequences[sequence].snapshots.last, last.length == record.length {
            release(sequences[sequence].snapshots.removeLast())
        }
        sequences[sequence].snapshots.append(record)
    }

    /// Forgets the snapshots of a sequence but those of the last lengths.
    package mutating func dropSnapshots(_ sequence: Int, butLast count: Int) {
        while sequences[sequence].snapshots.count > count { release(sequences[sequence].snapshots.removeFirst()) }
    }
}
