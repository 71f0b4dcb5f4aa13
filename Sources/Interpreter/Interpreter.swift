package import Graph
package import Tensors

/// Runs a program: owns its caches, activations and threads. One step at a time; a step allocates nothing.
package struct Interpreter: ~Copyable {
    package struct Options: Sendable {
        package var kernels: Kernels
        /// 0: as many as this process may use.
        package var threads: Int
        package var cacheFormat: CacheFormat
        /// Max positions of each sequence.
        package var contextLength: Int
        /// Sequences that are open at first: 0, 1, ...
        package var sequences: Int
        /// Max sequences that are open at once, where that is more. A step takes no more tokens than their contexts hold.
        package var maxSequences = 1
        /// Max tokens of one step.
        package var stepTokens: Int
        /// Max positions that the program's cross-attention reads.
        package var crossCapacity = 0
        /// Stops steps; several interpreters may share one.
        package var cancellation = Cancellation()
        /// What the program's adapters are multiplied by, see ``Interpreter/setAdapterScales(_:)``.
        package var adapterScales: [Float] = []
        /// Where packed weights are, for programs that read them; several interpreters may share one.
        package var packed = PackedWeightsStore()

        package init(
            kernels: Kernels, threads: Int = 0, cacheFormat: CacheFormat = .f16, contextLength: Int, sequences: Int = 1,
            stepTokens: Int = 512
        ) {
            self.kernels = kernels
            self.threads = threads
            self.cacheFormat = cacheFormat
            self.contextLength = contextLength
            self.sequences = sequences
            self.stepTokens = stepTokens
        }
    }

    package let stepTokens: Int
    package let kernels: Kernels
    /// Stops the running step, or else the next one.
    package let cancellation: Cancellation
    package internal(set) var store: SequenceStore
    package let program: Program
    package private(set) var pool: ThreadPool
    let operations: FixedBuffer<Operation>
    private let terms: FixedBuffer<ProductTerm>
    private let lowRanks: FixedBuffer<LowRank>
    private var adapterScales: FixedBuffer<Float>
    private let packed: FixedBuffer<PackedMatrix?>
    /// Keeps the packed weights.
    private let packedStore: PackedWeightsStore
    private let frequencies: FixedBuffer<Double>
    private let buffers: FixedBuffer<Buffer>
    private let tokensArena: Arena
    private let outputsArena: Arena
    private let framesArena: Arena
    private let scratchArena: Arena
    let splitsArena: Arena
    private let biases: BiasTables
    private let scratchBytes: Int
    /// The heads whose attention weights the running step was asked for, and where these go.
    var wanted: WantedWeights
    /// What the steps keep of their values.
    var tracing = Tracing()
    let tileTokens: Int
    /// Whether the program computes what another's cross-attention reads: a step replaces it.
    let fillsCross: Bool
    /// Segments that every table of the program has a row for.
    let segmentCount: Int
    var ids: FixedBuffer<Int32>
    var positions: FixedBuffer<Int32>
    /// Of each row, the length by which a dynamic rope turns.
    var lengths: FixedBuffer<Int32>
    var segments: FixedBuffer<Int32>
    var outputRows: FixedBuffer<Step.PoolingRange>
    /// The entries of the last step, in the caller's order.
    var entries: FixedBuffer<Step.PlacedEntry>
    /// Their indices in the order of their rows, and of their results' rows.
    var rowOrder: FixedBuffer<Int32>
    var outputOrder: FixedBuffer<Int32>
    var tiles: FixedBuffer<Step.Tile>
    /// Those of cross-attention; empty for a program without.
    var crossTiles: FixedBuffer<Step.Tile>
    /// Empty while ``isTiming`` is off.
    var times = FixedBuffer(repeating: OperationTime(), count: 0)
    var timedWork = StepProfile()
    /// Those of the program's attentions, while ``isTiming`` is on.
    var timedMasks: Set<AttentionMask> = []
    /// Rows of the last step, by domain.
    var tokenCount = 0
    var outputCount = 0
    var entryCount = 0
    var crossTileCount = 0

    /// - Throws: ``InterpreterError/tooLarge(_:)`` or `tensors(.outOfMemory)` when there is no memory for these options.
    package init(_ program: Program, _ options: Options) throws(InterpreterError) {
        try Self.check(options.cacheFormat, program)
        let maxSequences = max(options.sequences, options.maxSequences)
        let (total, overflow) = maxSequences.multipliedReportingOverflow(by: options.contextLength)
        guard options.sequences >= 0, maxSequences > 0, !overflow, total < Int(Int32.max) else {
            throw .tooLarge("a cache of \(maxSequences) x \(options.contextLength) positions")
        }
        var store = try SequenceStore(
            states: program.states, capacity: options.contextLength, format: options.cacheFormat)
        store.makeRoom(sequences: maxSequences)
        for _ in 0..<options.sequences { _ = store.open() }
        let stepTokens = max(1, min(options.stepTokens, total))
        let pool = try ThreadPool(threads: options.threads)
        let workspace = program.workspace(
            StepLimits(tokens: stepTokens, kernels: options.kernels, cacheFormat: options.cacheFormat))
        let tokensArena = try Self.arena(program.arenaRowBytes[RowDomain.tokens.rawValue], stepTokens)
        let outputsArena = try Self.arena(program.arenaRowBytes[RowDomain.outputs.rawValue], stepTokens)
        let framesArena = try Self.arena(program.arenaRowBytes[RowDomain.frames.rawValue], 2 * stepTokens)
        let scratchArena = try Self.arena(workspace.scratchBytes, pool.count)
        let splits = SplitPartials.count(positions: max(store.capacity, options.crossCapacity))
        let splitsArena = try Self.arena(workspace.splitBytes, splits > 1 ? splits : 0)
        let biases = try BiasTables(program, options.kernels, options.packed, pool, capacity: store.capacity)
        let packed = try options.packed.packed(of: program, pool)
        self.program = program
        packedStore = options.packed
        self.packed = FixedBuffer(packed)
        self.stepTokens = stepTokens
        kernels = options.kernels
        cancellation = options.cancellation
        self.pool = pool
        self.store = store
        self.tokensArena = tokensArena
        self.outputsArena = outputsArena
        self.framesArena = framesArena
        self.scratchArena = scratchArena
        self.splitsArena = splitsArena
        self.biases = biases
        wanted = WantedWeights()
        operations = FixedBuffer(program.operations)
        terms = FixedBuffer(program.terms)
        lowRanks = FixedBuffer(program.lowRanks)
        adapterScales = FixedBuffer(repeating: 1, count: program.adapterCount)
        frequencies = FixedBuffer(program.frequencies)
        buffers = FixedBuffer(program.buffers)
        scratchBytes = workspace.scratchBytes
        tileTokens = workspace.tileTokens
        ids = FixedBuffer(repeating: 0, count: stepTokens)
        positions = FixedBuffer(repeating: 0, count: stepTokens)
        lengths = FixedBuffer(repeating: 0, count: stepTokens)
        segments = FixedBuffer(repeating: 0, count: stepTokens)
        outputRows = FixedBuffer(repeating: Step.PoolingRange(), count: stepTokens)
        segmentCount = program.segmentCount
        fillsCross = program.states.contains { if case .crossKeyValues = $0 { true } else { false } }
        entries = FixedBuffer(repeating: Step.PlacedEntry(), count: stepTokens)
        rowOrder = FixedBuffer(repeating: 0, count: stepTokens)
        outputOrder = FixedBuffer(repeating: 0, count: stepTokens)
        tiles = FixedBuffer(repeating: Step.Tile(), count: stepTokens)
        crossTiles = FixedBuffer(
            repeating: Step.Tile(), count: program.crossAttentions.isEmpty ? 0 : stepTokens)
        setAdapterScales(options.adapterScales)
    }

    package var threadCount: Int { pool.count }

    /// Sets what the following steps multiply the program's adapters by, in their order; at first it is 1.
    ///
    /// - Parameter scales: those behind the last adapter are left out.
    package mutating func setAdapterScales(_ scales: [Float]) {
        for (index, scale) in scales.prefix(adapterScales.view.count).enumerated() { adapterScales[index] = scale }
    }

    /// Exchanges sequences and threads with the interpreter of another program of the same model, made with the same options:
    /// its steps go on where this one's ended.
    package mutating func exchangeSequences(with other: inout Interpreter) {
        swap(&store, &other.store)
        swap(&pool, &other.pool)
    }

    /// Runs `tokens`, those of the first entry first, and appends them to the states of their sequences. Where entries were
    /// cancelled (``wasCancelled(_:)``), the others are done.
    ///
    /// - Parameters:
    ///   - vocabulary: ids are below it.
    /// - Throws: ``InterpreterError``; the sequences are then as they were before.
    package mutating func step(
        _ tokens: Span<Int32>, entries: Span<BatchEntry>, vocabulary: Int
    ) throws(InterpreterError) {
        let tileCount = try place(tokens, entries, vocabulary: vocabulary)
        try run(entries, tileCount: tileCount)
    }

    /// Runs a program that reads an input instead of tokens, and replaces the cache of its one sequence.
    ///
    /// - Parameter fill: gets the input's rows, as many as `count` tokens have.
    /// - Throws: ``InterpreterError``; the cache is then empty.
    package mutating func step(
        count: Int, products: ProductKernels = .fastest, fill: (FloatRows) -> Void
    ) throws(InterpreterError) {
        try checkCount(count)
        store.truncate(0, to: 0)
        let entry: InlineArray<1, BatchEntry> = [BatchEntry(count: count, outputs: .all, products: products)]
        let tileCount = try place(entry.span, tokenCount: count)
        if let input = program.input { fill(rows(input)) }
        try run(entry.span, tileCount: tileCount)
    }

    func checkCount(_ count: Int) throws(InterpreterError) {
        guard count >= 1, count <= stepTokens else { throw .tokenCount(found: count, max: stepTokens) }
    }

    mutating func run(_ entries: Span<BatchEntry>, tileCount: Int) throws(InterpreterError) {
        if !tracing.isEmpty { try prepareTracing() }
        let start = isTiming ? MonotonicClock.now : nil
        let step = unsafe Step(
            kernels: kernels, operations: operations.view, terms: terms.view, lowRanks: lowRanks.view,
            adapterScales: adapterScales.view, packed: packed.view,
            frequencies: frequencies.view, buffers: buffers.view, cache: store.view,
            biases: biases.tables.view, tokensArena: tokensArena.view, outputsArena: outputsArena.view,
            framesArena: framesArena.view,
            scratchArena: scratchArena.view, scratchBytes: scratchBytes, splitsArena: splitsArena.view,
            tokenCount: tokenCount,
            outputCount: outputCount, ids: ids.view, positions: positions.view, lengths: lengths.view,
            segments: segments.view, outputRows: outputRows.view,
            entries: self.entries.view, rowOrder: rowOrder.view, outputOrder: outputOrder.view, tiles: tiles.view,
            tileCount: tileCount, tileTokens: tileTokens, crossTiles: crossTiles.view, crossTileCount: crossTileCount,
            entryCount: entries.count, weightHeads: wanted.heads.view,
            weightRows: wanted.rows ?? splitsArena.view.noFloats,
            cancellation: Unmanaged.passUnretained(cancellation), times: times.sharedView,
            taps: tracing.taps.view, tapsArena: tracing.view ?? splitsArena.view)
        pool.run(step)
        if let start { note(since: start, entries: entries.count) }
        try finish(entries)
    }

    /// Takes in what the step computed, but for entries that were cancelled.
    private mutating func finish(_ entries: Span<BatchEntry>) throws(InterpreterError) {
        // A step without cancellations of entries stops for its own alone.
        let stopped = cancellation.hasStopped
        let isWhole = entries[0].cancellation == nil
        if cancellation.isCancelled || (stopped && isWhole) {
            cancellation.reset()
            throw .cancelled
        }
        if stopped { cancellation.goOn() }
        for index in entries.indices {
            let isRequested = entries[index].cancellation?.take() ?? false
            self.entries[index].isCancelled = stopped || isRequested
            if !self.entries[index].isCancelled { commit(entries[index]) }
        }
    }

    /// Whether an entry of the last step, by its index there, was cancelled: it has no result.
    package func wasCancelled(_ entry: Int) -> Bool { entries[entry].isCancelled }

    /// The rows that the last step was asked for: `[outputs, columns]`, or `[tokens, columns]` where the program's result
    /// has a row for every token. Those of an entry are ``result(of:)``. Until the next step.
    package var result: FloatRows { rows(program.output) }

    /// The rows that the last step was asked for of an entry, by its index there. Until the next step.
    package func result(of entry: Int) -> FloatRows {
        precondition(entry >= 0 && entry < entryCount)
        let placed = entries[entry]
        return switch program.buffers[program.output.index].domain {
        case .tokens: result.rows(from: placed.firstRow, count: placed.count)
        case .outputs: result.rows(from: placed.firstOutput, count: placed.outputs)
        case .frames: result.rows(from: 2 * placed.firstRow, count: 2 * placed.count)
        }
    }

    private func rows(_ value: Node) -> FloatRows {
        let buffer = program.buffers[value.index]
        let (arena, count) =
            switch buffer.domain {
            case .tokens: (tokensArena.view, tokenCount)
            case .outputs: (outputsArena.view, outputCount)
            case .frames: (framesArena.view, 2 * tokenCount)
            }
        return arena.floats(
            at: buffer.offset * count + buffer.firstColumn * 4, rows: count, columns: buffer.columns,
            stride: buffer.stride)
    }

    /// - Throws: ``InterpreterError/headDimension(_:_:)``.
    private static func check(_ format: CacheFormat, _ program: Program) throws(InterpreterError) {
        for operation in program.operations {
            guard case .attention(let attention) = operation, attention.readsCache else { continue }
            let heads = attention.heads
            for dimension in [heads.keyDimension, heads.valueDimension] where dimension % format.block != 0 {
                throw .headDimension(dimension, format)
            }
        }
    }

    static func arena(_ bytes: Int, _ count: Int) throws(InterpreterError) -> Arena {
        let (size, overflow) = bytes.multipliedReportingOverflow(by: count)
        guard !overflow else { throw .tooLarge("a step of \(count) tokens") }
        do throws(TensorError) {
            return try Arena(byteCount: size)
        } catch {
            throw .tensors(error)
        }
    }
}
