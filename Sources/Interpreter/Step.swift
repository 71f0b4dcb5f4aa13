internal import Graph
internal import Tensors

/// One pass through a program: plain values only, so that threads read it without reference counting.
@safe struct Step: BitwiseCopyable {
    let kernels: Kernels
    let operations: FixedView<Operation>
    let terms: FixedView<ProductTerm>
    let lowRanks: FixedView<LowRank>
    /// Of each adapter of the program.
    let adapterScales: FixedView<Float>
    /// Of each term, its packed weights, where products read those.
    let packed: FixedView<PackedMatrix?>
    let frequencies: FixedView<Double>
    let buffers: FixedView<Buffer>
    let cache: SequenceStore.View
    let biases: FixedView<BiasTable>
    let tokensArena: ArenaView
    let outputsArena: ArenaView
    let framesArena: ArenaView
    let scratchArena: ArenaView
    let scratchBytes: Int
    /// Partial results of attention for each KV split.
    let splitsArena: ArenaView
    let tokenCount: Int
    let outputCount: Int
    let ids: FixedView<Int32>
    let positions: FixedView<Int32>
    let lengths: FixedView<Int32>
    let segments: FixedView<Int32>
    let outputRows: FixedView<PoolingRange>
    let entries: FixedView<PlacedEntry>
    /// The indices of entries by ascending rank: as their rows lie, and as their results' rows lie.
    let rowOrder: FixedView<Int32>
    let outputOrder: FixedView<Int32>
    let tiles: FixedView<Tile>
    let tileCount: Int
    /// Max rows of a tile.
    let tileTokens: Int
    /// Cross-attention's: a tile's rows attend to what its entry does.
    let crossTiles: FixedView<Tile>
    let crossTileCount: Int
    let entryCount: Int
    /// Heads whose attention weights the step was asked for.
    let weightHeads: FixedView<AttentionHead>
    /// `[weightHeads * tokens, positions]`
    let weightRows: FloatRows
    let cancellation: Unmanaged<Cancellation>
    /// Of each thread, a row of every operation's times; empty where nobody asked for them.
    let times: SharedView<OperationTime>
    /// Values that the step was asked to keep, and where they go; empty where nobody asked.
    let taps: FixedView<Tap>
    let tapsArena: ArenaView

    /// A sequence's rows within the step.
    @safe struct PlacedEntry: BitwiseCopyable {
        var sequence = 0
        var firstRow = 0
        var count = 0
        /// Where its results' rows are, and how many.
        var firstOutput = 0
        var outputs = 0
        /// Token counts that select the kernels of its products, and of those of its results.
        var rowRank = 0
        var outputRank = 0
        /// Positions that its cache held before.
        var cachedLength = 0
        /// Its states of fixed size, before the step and behind it.
        var blocks: SequenceStore.Blocks?
        /// What cross-attention reads.
        var cross: CrossCache?
        /// Only valid while the step runs.
        var cancellation: Unmanaged<Cancellation>?
        var isCancelled = false
    }

    /// The consecutive rows whose mean is one result.
    struct PoolingRange: BitwiseCopyable {
        var first = 0
        var count = 0
    }

    /// Consecutive rows of one entry, which attention takes together.
    struct Tile: BitwiseCopyable {
        var entry = 0
        var firstRow = 0
        var count = 0
    }

    /// Runs every operation, this thread's part of each.
    func execute(_ worker: Worker) {
        guard times.count == 0 else { return executeTimed(worker) }
        guard taps.isEmpty else { return executeTraced(worker) }
        for index in 0..<operations.count {
            let operation = operations[index]
            if case .checkpoint = operation {
                if stops(at: index) { return }
                continue
            }
            execute(operation, worker)
            decideNext(after: index, worker)
            worker.barrier()
        }
    }

    /// Whether the step ends at this checkpoint; all threads get the same answer.
    func stops(at index: Int) -> Bool {
        unsafe cancellation._withUnsafeGuaranteedRef { $0.stops(at: index) }
    }

    /// Decides for all threads whether the step ends at the checkpoint that follows, if one does.
    func decideNext(after index: Int, _ worker: Worker) {
        guard worker.thread == 0, index + 1 < operations.count, case .checkpoint = operations[index + 1] else {
            return
        }
        let allCancelled = areAllEntriesCancelled
        unsafe cancellation._withUnsafeGuaranteedRef { $0.decide(at: index + 1, allCancelled: allCancelled) }
    }

    private var areAllEntriesCancelled: Bool {
        for index in 0..<entryCount {
            guard let own = unsafe entries[index].cancellation,
                unsafe own._withUnsafeGuaranteedRef({ $0.isCancelled })
            else { return false }
        }
        return true
    }

    func execute(_ operation: Operation, _ worker: Worker) {
        switch operation {
        case .embedding(let payload): embedding(payload, worker)
        case .ropeTable(let payload): ropeTable(payload, worker)
        case .rope(let payload): rope(payload, worker)
        case .norm(let payload): norm(payload, worker)
        case .product(let payload): product(payload, worker)
        case .gatedProduct(let payload): gatedProduct(payload, worker)
        case .headProduct(let payload): headProduct(payload, worker)
        case .joinHeads(let payload): joinHeads(payload, worker)
        case .route(let payload): route(payload, worker)
        case .routedRows(let payload): routedRows(payload, worker)
        case .routedProduct(let payload): routedProduct(payload, worker)
        case .routedSum(let payload): routedSum(payload, worker)
        case .quantize(let payload): quantize(payload, worker)
        case .add(let payload): add(payload, worker)
        case .multiply(let payload): multiply(payload, worker)
        case .activate(let payload): activate(payload, worker)
        case .scale(let payload): scale(payload, worker)
        case .scaleColumns(let payload): scaleColumns(payload, worker)
        case .scaleRows(let payload): scaleRows(payload, worker)
        case .scaleByPosition(let payload): scaleByPosition(payload, worker)
        case .tokenDropout(let payload): tokenDropout(payload, worker)
        case .mixStreams(let payload): mixStreams(payload, worker)
        case .matchMagnitude(let payload): matchMagnitude(payload, worker)
        case .statisticalTopK(let payload): statisticalTopK(payload, worker)
        case .softcap(let payload): softcap(payload, worker)
        case .clamp(let payload): clamp(payload, worker)
        case .clampedSwiGLU(let payload): clampedSwiGLU(payload, worker)
        case .storeKeyValues(let payload): storeKeyValues(payload, worker)
        case .attention(let payload): attention(payload, worker)
        case .causalConvolution(let payload): causalConvolution(payload, worker)
        case .selectiveScan(let payload): selectiveScan(payload, worker)
        case .headScan(let payload): headScan(payload, worker)
        case .gatedDeltaRule(let payload): gatedDeltaRule(payload, worker)
        case .wkv(let payload): wkv(payload, worker)
        case .headBonus(let payload): headBonus(payload, worker)
        case .tokenShift(let payload): tokenShift(payload, worker)
        case .addColumns(let payload): addColumns(payload, worker)
        case .selectRows(let payload): selectRows(payload, worker)
        case .im2col(let payload): im2col(payload, worker)
        case .zeroColumns(let payload): zeroColumns(payload, worker)
        case .input, .checkpoint: break
        }
    }

    /// Leading rows of a domain, those of entries whose rank there is below `limit`.
    func rows(below limit: Int, of domain: RowDomain) -> Int {
        var (low, high) = (0, entryCount)
        while low < high {
            let middle = (low + high) / 2
            if rank(domain, middle) < limit { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? 0 : endRow(domain, low - 1)
    }

    /// The rank of the entry that is the `place`th of a domain.
    private func rank(_ domain: RowDomain, _ place: Int) -> Int {
        switch domain {
        case .tokens: entries[Int(rowOrder[place])].rowRank
        case .outputs: entries[Int(outputOrder[place])].outputRank
        case .frames: 2 * min(entries[Int(rowOrder[place])].rowRank, .max / 2)
        }
    }

    /// The row behind the entry that is the `place`th of a domain.
    private func endRow(_ domain: RowDomain, _ place: Int) -> Int {
        if domain == .outputs {
            let entry = entries[Int(outputOrder[place])]
            return entry.firstOutput + entry.outputs
        }
        let entry = entries[Int(rowOrder[place])]
        return (domain == .frames ? 2 : 1) * (entry.firstRow + entry.count)
    }

    // MARK: Values

    /// The float32 rows of a value: `[tokens or outputs, columns]`.
    func rows(_ value: Node) -> FloatRows {
        let buffer = buffers[value.index]
        let (arena, count) = place(buffer.domain)
        return arena.floats(
            at: buffer.offset * count + buffer.firstColumn * 4, rows: count, columns: buffer.columns,
            stride: buffer.stride)
    }

    /// The int8 blocks of a value.
    func quantized(_ value: Node) -> QuantizedRows {
        let buffer = buffers[value.index]
        let (arena, count) = place(buffer.domain)
        return arena.quantized(at: buffer.offset * count, rows: count, columns: buffer.columns)
    }

    /// The bytes in groups of a value.
    func grouped(_ value: Node) -> GroupedRows {
        let buffer = buffers[value.index]
        let (arena, count) = place(buffer.domain)
        return arena.grouped(
            at: buffer.offset * count, rows: count, columns: buffer.columns, group: buffer.storage.groupSize)
    }

    func scratch(_ worker: Worker) -> Scratch {
        scratchArena.scratch(at: worker.thread * scratchBytes, bytes: scratchBytes)
    }

    private func place(_ domain: RowDomain) -> (ArenaView, Int) {
        switch domain {
        case .tokens: (tokensArena, tokenCount)
        case .outputs: (outputsArena, outputCount)
        case .frames: (framesArena, 2 * tokenCount)
        }
    }
}
