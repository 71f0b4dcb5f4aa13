package import Graph
package import Tensors

/// One sequence's share of a step: its next `count` tokens.
package struct SequencePart: Sendable, BitwiseCopyable {
    package let sequence: Int
    package let count: Int
    package let outputs: Outputs
    /// How many of the part's first tokens belong to segment 0; the others belong to segment 1.
    package let firstSegment: Int

    /// Which of the part's rows the caller wants results for.
    package enum Outputs: Sendable, BitwiseCopyable {
        case none, first, last, all
        /// One result, of the mean of all rows.
        case mean
    }

    package init(sequence: Int = 0, count: Int, outputs: Outputs, firstSegment: Int? = nil) {
        self.sequence = sequence
        self.count = count
        self.outputs = outputs
        self.firstSegment = firstSegment ?? count
    }
}

/// Which kernels a step's products take. They add up in different orders.
package enum ProductKernels: Sendable, BitwiseCopyable {
    /// The fastest for the number of tokens.
    case fastest
    /// Each token gets the very bits that it has in a step of its own: products use the kernel for one token, whose results
    /// do not depend on how many it is called with. Everything else works token by token.
    case few
    /// Each token gets the very bits that it has in any step, however many tokens there are: products use the kernel for
    /// many tokens.
    case many
}

/// Runs a program: owns its caches, activations and threads. One step at a time; a step allocates nothing.
package struct Interpreter: ~Copyable {
    package struct Options: Sendable {
        package var kernels: Kernels
        /// 0: as many as this process may use.
        package var threads: Int
        package var cacheFormat: CacheFormat
        /// Max positions of each sequence.
        package var contextLength: Int
        /// Sequences that are open at first: 0, 1, ... A step takes no more tokens than their contexts hold.
        package var sequences: Int
        /// Most tokens of one step.
        package var stepTokens: Int
        /// Max positions that the program's cross-attention reads.
        package var crossCapacity = 0
        /// Stops steps; several interpreters may share one.
        package var cancellation = Cancellation()
        /// Where the panels of weights are, for programs that read them; several interpreters may share one.
        package var panels = PanelStore()

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
    let program: Program
    package let pool: ThreadPool
    let operations: FixedBuffer<Operation>
    private let terms: FixedBuffer<ProductTerm>
    private let panels: FixedBuffer<PanelMatrix?>
    /// Keeps the panels.
    private let panelStore: PanelStore
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
    private let tileTokens: Int
    /// Whether the program computes what another's cross-attention reads: a step replaces it.
    let fillsCross: Bool
    /// Segments that every table of the program has a row for.
    private let segmentCount: Int
    private var ids: FixedBuffer<Int32>
    private var positions: FixedBuffer<Int32>
    private var segments: FixedBuffer<Int32>
    private var outputRows: FixedBuffer<Step.OutputRows>
    var parts: FixedBuffer<Step.PlacedPart>
    private var tiles: FixedBuffer<Step.Tile>
    /// Empty while ``isTiming`` is off.
    var times = FixedBuffer(repeating: OperationTime(), count: 0)
    var timedWork = StepTimes()
    /// Those of the program's attentions, while ``isTiming`` is on.
    var timedMasks: Set<AttentionMask> = []
    /// Rows of the last step, by domain.
    var tokenCount = 0
    var outputCount = 0

    /// - Throws: ``InterpreterError/tooLarge(_:)`` or `tensors(.outOfMemory)` when there is no memory for these options.
    package init(_ program: Program, _ options: Options) throws(InterpreterError) {
        try Self.check(options.cacheFormat, program)
        let (total, overflow) = options.sequences.multipliedReportingOverflow(by: options.contextLength)
        guard options.sequences > 0, !overflow, total < Int(Int32.max) else {
            throw .tooLarge("a cache of \(options.sequences) x \(options.contextLength) positions")
        }
        var store = try SequenceStore(
            states: program.states, capacity: options.contextLength, format: options.cacheFormat)
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
        let biases = try BiasTables(program, options.kernels, capacity: store.capacity)
        let panels = try options.panels.panels(of: program, pool)
        self.program = program
        panelStore = options.panels
        self.panels = FixedBuffer(panels)
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
        frequencies = FixedBuffer(program.frequencies)
        buffers = FixedBuffer(program.buffers)
        scratchBytes = workspace.scratchBytes
        tileTokens = workspace.tileTokens
        ids = FixedBuffer(repeating: 0, count: stepTokens)
        positions = FixedBuffer(repeating: 0, count: stepTokens)
        segments = FixedBuffer(repeating: 0, count: stepTokens)
        outputRows = FixedBuffer(repeating: Step.OutputRows(), count: stepTokens)
        segmentCount = program.segmentCount
        fillsCross = program.states.contains { if case .crossKeyValues = $0 { true } else { false } }
        parts = FixedBuffer(repeating: Step.PlacedPart(), count: stepTokens)
        tiles = FixedBuffer(repeating: Step.Tile(), count: stepTokens)
    }

    package var threadCount: Int { pool.count }

    /// Runs `tokens`, those of the first part first, and appends them to the states of their sequences.
    ///
    /// - Parameters:
    ///   - vocabulary: ids are below it.
    /// - Throws: ``InterpreterError``; the sequences are then as they were before.
    package mutating func step(
        _ tokens: Span<Int32>, parts: Span<SequencePart>, vocabulary: Int, products: ProductKernels = .fastest,
        cross: CrossCache? = nil
    ) throws(InterpreterError) {
        let tileCount = try place(tokens, parts, vocabulary: vocabulary)
        try run(parts, tileCount: tileCount, products, cross)
    }

    /// Checks and notes a step's tokens and parts; returns the number of attention's tiles.
    mutating func place(
        _ tokens: Span<Int32>, _ parts: Span<SequencePart>, vocabulary: Int
    ) throws(InterpreterError) -> Int {
        try checkCount(tokens.count)
        for index in tokens.indices {
            guard tokens[index] >= 0, tokens[index] < vocabulary else {
                throw .token(id: tokens[index], index: index, vocabulary: vocabulary)
            }
            ids[index] = tokens[index]
        }
        return try place(parts, tokenCount: tokens.count)
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
        let parts: InlineArray<1, SequencePart> = [SequencePart(count: count, outputs: .all)]
        let tileCount = try place(parts.span, tokenCount: count)
        if let input = program.input { fill(rows(input)) }
        try run(parts.span, tileCount: tileCount, products, nil)
    }

    private func checkCount(_ count: Int) throws(InterpreterError) {
        guard count >= 1, count <= stepTokens else { throw .tokenCount(found: count, most: stepTokens) }
    }

    mutating func run(
        _ parts: Span<SequencePart>, tileCount: Int, _ products: ProductKernels, _ cross: CrossCache?
    ) throws(InterpreterError) {
        let start = isTiming ? MonotonicClock.now : nil
        let step = unsafe Step(
            kernels: kernels, operations: operations.view, terms: terms.view, panels: panels.view,
            frequencies: frequencies.view, buffers: buffers.view, cache: store.view,
            cross: cross ?? CrossCache(store.view, length: 0), biases: biases.rows.view, tokensArena: tokensArena.view,
            outputsArena: outputsArena.view, framesArena: framesArena.view,
            scratchArena: scratchArena.view, scratchBytes: scratchBytes, splitsArena: splitsArena.view,
            tokenCount: tokenCount,
            outputCount: outputCount, ids: ids.view, positions: positions.view, segments: segments.view,
            outputRows: outputRows.view,
            parts: self.parts.view, tiles: tiles.view, tileCount: tileCount, tileTokens: tileTokens,
            partCount: parts.count, products: products, weightHeads: wanted.heads.view,
            weightRows: wanted.rows ?? splitsArena.view.noFloats,
            cancellation: Unmanaged.passUnretained(cancellation), times: times.sharedView)
        pool.run(step)
        if let start { note(since: start, parts: parts.count, cross: cross?.length ?? 0) }
        if cancellation.isCancelled {
            cancellation.reset()
            throw .cancelled
        }
        for index in parts.indices { commit(parts[index]) }
    }

    /// The rows that the last step was asked for: `[outputs, columns]`, or `[tokens, columns]` where the program's result
    /// has a row for every token. Until the next step.
    package var result: FloatRows { rows(program.output) }

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

    /// Notes where each part's rows, positions and outputs are; returns the number of attention's tiles.
    private mutating func place(_ parts: Span<SequencePart>, tokenCount: Int) throws(InterpreterError) -> Int {
        var row = 0
        var outputs = 0
        var tileCount = 0
        guard parts.count <= stepTokens else { throw .parts("\(parts.count) parts for \(tokenCount) tokens") }
        for index in parts.indices {
            let part = parts[index]
            guard store.isOpen(part.sequence) else {
                throw .parts("there is no sequence \(part.sequence)")
            }
            for earlier in 0..<index where parts[earlier].sequence == part.sequence {
                throw .parts("sequence \(part.sequence) is there twice")
            }
            guard part.count >= 1, part.count <= tokenCount - row else {
                throw .parts("part \(index) has \(part.count) tokens, \(tokenCount - row) are left")
            }
            guard part.firstSegment >= 0, part.firstSegment == part.count || segmentCount > 1 else {
                throw .parts("part \(index) has a second segment, but the model knows none")
            }
            let past = fillsCross ? 0 : store.length(of: part.sequence)
            guard part.count <= store.capacity - past else {
                throw .contextFull(capacity: store.capacity, used: past, new: part.count)
            }
            self.parts[index] = Step.PlacedPart(
                sequence: part.sequence, firstRow: row, count: part.count, past: past)
            for offset in 0..<part.count {
                positions[row + offset] = Int32(past + offset)
                segments[row + offset] = offset < part.firstSegment ? 0 : 1
                if offset % tileTokens == 0 {
                    tiles[tileCount] = Step.Tile(
                        part: index, firstRow: row + offset, count: min(tileTokens, part.count - offset))
                    tileCount += 1
                }
            }
            note(part.outputs, of: row..<row + part.count, outputs: &outputs)
            row += part.count
        }
        guard row == tokenCount else { throw .parts("\(tokenCount - row) tokens belong to no part") }
        for index in parts.indices {
            try reserve(parts[index])
            self.parts[index].blocks = store.blocks(of: parts[index].sequence)
        }
        self.tokenCount = tokenCount
        outputCount = outputs
        return tileCount
    }

    /// Notes which rows the results after the first `outputs` are made of.
    private mutating func note(_ wanted: SequencePart.Outputs, of rows: Range<Int>, outputs: inout Int) {
        switch wanted {
        case .none: return
        case .first: outputRows[outputs] = Step.OutputRows(first: rows.lowerBound, count: 1)
        case .last: outputRows[outputs] = Step.OutputRows(first: rows.upperBound - 1, count: 1)
        case .mean: outputRows[outputs] = Step.OutputRows(first: rows.lowerBound, count: rows.count)
        case .all:
            for row in rows { outputRows[outputs + row - rows.lowerBound] = Step.OutputRows(first: row, count: 1) }
            outputs += rows.count - 1
        }
        outputs += 1
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
