internal import Graph
internal import Interpreter
internal import Models
internal import Tensors

/// A text's tokens on their way through a model.
struct TokenSequence: Sendable {
    var tokens: [Token]
    /// How many of them belong to the first of two texts.
    var firstSegment: Int?
    /// Whether the text had more.
    var isTruncated = false
}

/// Runs any number of token sequences through a model, as few steps as the budget allows.
///
/// Sequences lie end to end in a step, without padding; none sees another. A sequence's result is
/// bit-identical in any batch. Many sequences are split into steps that run concurrently, one thread each, see ``StepPlan``.
struct TokenBatches: ~Copyable {
    private let program: Program
    let adapters: AdapterSet
    private let vocabularySize: Int
    private let limits: StepPlan.Limits
    private var interpreter: Interpreter
    private var replicas: ReplicaPool

    /// - Parameters:
    ///   - layers: behind a text's vector.
    ///   - longest: max tokens of a sequence.
    ///   - budget: max tokens of a step that holds more than one sequence.
    init(
        _ model: Model, _ task: ModelTask, dense layers: [DenseLayer] = [], longest: Int, budget: Int,
        _ runtime: RuntimeOptions
    ) throws(SwiftletError) {
        let adapters = try AdapterSet(runtime.adapters, of: model)
        let program = try model.program(for: task, adapters, dense: layers)
        var settings = try runtime.interpreterOptions(isFloat32: false, contextLength: longest, stepTokens: budget)
        settings.packed = model.packed
        settings.sequences = min(budget, Self.maxSequences)
        settings.stepTokens = max(budget, longest)
        do throws(InterpreterError) {
            settings.adapterScales = adapters.scales
            let interpreter = try Interpreter(program, settings)
            let threads = interpreter.threadCount
            settings.stepTokens = StepPlan.tokensApart(together: budget, threads: threads)
            // Decoders' threads work together: a cache for each would cost too much.
            let replicas = try ReplicaPool(
                program, settings, count: threads > 1 && program.states.isEmpty ? threads : 0)
            limits = StepPlan.Limits(
                sequences: settings.sequences, together: budget, apart: settings.stepTokens, threads: replicas.count)
            self.interpreter = interpreter
            self.replicas = replicas
        } catch {
            throw SwiftletError(error)
        }
        self.program = program
        self.adapters = adapters
        vocabularySize = model.vocabularySize
    }

    init(_ model: Model, _ task: ModelTask, longest: Int, _ options: HeadOptions) throws(SwiftletError) {
        try self.init(
            model, task, longest: longest, budget: options.batchTokens, options.runtime)
    }

    /// Max sequences of a step.
    private static let maxSequences = 1024

    var threadCount: Int { interpreter.threadCount }
    var instructionSet: String { interpreter.kernels.name }
    var cancellation: SessionCancellation { SessionCancellation(interpreter.cancellation) }

    mutating func startProfile() {
        interpreter.startTiming()
        replicas.startTiming()
    }

    mutating func endProfile() -> Profile {
        var times = interpreter.endTiming()
        times += replicas.endTiming()
        return Profile(times, program, interpreter.store.format, crossCache: interpreter.store.format)
    }

    /// Whether the model tells a second segment from the first.
    var knowsSegments: Bool { program.segmentCount > 1 }

    /// Elements of a result's row.
    var columns: Int { program.buffers[program.output.index].columns }

    /// What `tokenize` makes of each text or pair, given by its index, by all threads.
    func tokens<Result: Sendable>(count: Int, _ tokenize: @Sendable (_ index: Int) -> Result) -> [Result] {
        interpreter.pool.map(count: count, piece: 8) { index, _ in tokenize(index) }
    }

    /// - Parameters:
    ///   - outputs: the rows that are wanted of each sequence.
    ///   - body: gets a sequence's index and its rows, in any order, on any thread, perhaps several at once; for an empty
    ///     sequence it is not called.
    mutating func run(
        _ sequences: [TokenSequence], _ outputs: BatchEntry.Outputs,
        _ body: @Sendable (_ sequence: Int, _ rows: FloatRows) -> Void
    ) throws(SwiftletError) {
        let order = sequences.indices.filter { !sequences[$0].tokens.isEmpty }.sorted { a, b in
            let (first, second) = (sequences[a].tokens.count, sequences[b].tokens.count)
            return first == second ? a < b : first > second
        }
        let plan = StepPlan(lengths: order.map { sequences[$0].tokens.count }, limits)
        let steps = StepRun(
            sequences: sequences, order: order, outputs: outputs, vocabularySize: vocabularySize,
            knowsSegments: knowsSegments)
        do throws(InterpreterError) {
            for range in plan.together { try steps.run(range, &interpreter, body) }
            try replicas.run(steps: plan.apart.count, on: interpreter) { number, interpreter throws(InterpreterError) in
                try steps.run(plan.apart[number], &interpreter, body)
            }
        } catch {
            throw SwiftletError(error)
        }
    }
}

/// State shared by the steps of one run.
private struct StepRun: Sendable {
    let sequences: [TokenSequence]
    let order: [Int]
    let outputs: BatchEntry.Outputs
    let vocabularySize: Int
    let knowsSegments: Bool

    /// Runs some sequences and hands on what they give.
    func run(
        _ range: Range<Int>, _ interpreter: inout Interpreter, _ body: (Int, FloatRows) -> Void
    ) throws(InterpreterError) {
        var tokens: [Token] = []
        var entries: [BatchEntry] = []
        for index in order[range] {
            let sequence = sequences[index]
            tokens += sequence.tokens
            entries.append(
                BatchEntry(
                    sequence: entries.count, count: sequence.tokens.count, outputs: outputs,
                    firstSegment: knowsSegments ? sequence.firstSegment : nil, reach: sequence.tokens.count,
                    products: .gemm))
        }
        try interpreter.step(tokens.span, entries: entries.span, vocabulary: vocabularySize)
        for entry in entries { interpreter.truncate(sequence: entry.sequence, to: 0) }
        for (place, index) in order[range].enumerated() { body(index, interpreter.result(of: place)) }
    }
}

extension FloatRows {
    /// A copy of one row.
    func array(_ row: Int) -> [Float] {
        withRow(row) { span in span.indices.map { span[$0] } }
    }
}
