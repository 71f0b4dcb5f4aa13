package import Graph
package import Tensors

/// A value that a traced step copies once an operation has written it.
struct Tap: BitwiseCopyable {
    /// The index of the operation that writes the value.
    let operation: Int
    let node: Node
    /// Bytes into the arena of taps.
    let offset: Int
}

/// What traced steps keep: any values of the program, and attention weights. Later operations overwrite values, so they are
/// copied as soon as they are written.
struct Tracing: ~Copyable {
    let nodes: [Node]
    let heads: [AttentionHead]
    private(set) var taps = FixedBuffer<Tap>([])
    /// Where values go; nil before a step was placed.
    private(set) var view: ArenaView?
    private var arena: Arena?
    private var places: [Node: FloatRows] = [:]

    /// Nothing is kept.
    init() {
        nodes = []
        heads = []
    }

    init(nodes: [Node], heads: [AttentionHead]) {
        self.nodes = nodes
        self.heads = heads
    }

    /// Makes room for the values of a step with these numbers of rows.
    mutating func prepare(_ program: Program, rows count: (RowDomain) -> Int) throws(InterpreterError) {
        var writers: [Node: Int] = [:]
        for (index, operation) in program.operations.enumerated() {
            for node in operation.writes(program.graph) { writers[node] = index }
        }
        var found: [Tap] = []
        var size = 0
        for node in nodes {
            guard let writer = writers[program.graph.whole(node)] else { continue }
            found.append(Tap(operation: writer, node: node, offset: size))
            let buffer = program.buffers[node.index]
            let (bytes, overflow) = count(buffer.domain).multipliedReportingOverflow(by: 4 * buffer.columns)
            let (sum, isTooLarge) = size.addingReportingOverflow(bytes)
            guard !overflow, !isTooLarge else { throw .tooLarge("a trace of \(nodes.count) values") }
            size = sum
        }
        found.sort { $0.operation < $1.operation }
        let arena = try Interpreter.arena(size, 1)
        places = [:]
        for tap in found {
            let buffer = program.buffers[tap.node.index]
            places[tap.node] = arena.view.floats(
                at: tap.offset, rows: count(buffer.domain), columns: buffer.columns, stride: buffer.columns)
        }
        taps = FixedBuffer(found)
        view = arena.view
        self.arena = consume arena
    }

    func rows(_ node: Node) -> FloatRows? { places[node] }
}

extension Interpreter {
    /// Keeps values of the steps from here on: those that a node had when its operation had written it.
    ///
    /// - Parameters:
    ///   - nodes: stored as float32, or as indices, whose bits are then those of the floats. The program must have been
    ///     compiled with them ``Graph/observed``, or some do not exist.
    ///   - heads: whose attention weights are kept. Those of a step that begins its sequence have a column for each of the
    ///     step's tokens; cross-attention's one for each position of the encoder's result.
    /// - Throws: ``InterpreterError/attentionHead(_:of:)``.
    package mutating func startTracing(
        nodes: [Node], heads: [AttentionHead] = []
    ) throws(InterpreterError) {
        try check(heads)
        tracing = Tracing(nodes: nodes, heads: heads)
    }

    package mutating func endTracing() {
        tracing = Tracing()
        wanted = WantedWeights()
    }

    /// The rows that a node had in the last step: nil where none were kept. Until the next step.
    package func traced(_ node: Node) -> FloatRows? { tracing.rows(node) }

    /// `[heads * tokens, positions]` of the last step, until the next one; nil where no heads were asked for.
    package var tracedWeights: FloatRows? { wanted.rows }

    /// Makes room for what the step that is placed keeps.
    mutating func prepareTracing() throws(InterpreterError) {
        let counts = (tokenCount, outputCount)
        try tracing.prepare(program) { domain in
            switch domain {
            case .tokens: counts.0
            case .outputs: counts.1
            case .frames: 2 * counts.0
            }
        }
        guard !tracing.heads.isEmpty else { return }
        var positions = 0
        for index in 0..<entryCount {
            let entry = entries[index]
            positions = max(positions, entry.cachedLength + entry.count, entry.cross?.length ?? 0)
        }
        wanted = try WantedWeights(tracing.heads, tokens: tokenCount, positions: positions)
    }
}

extension Step {
    /// ``execute(_:)`` that copies the values that were asked for, each behind the operation that wrote it.
    func executeTraced(_ worker: Worker) {
        var next = 0
        for index in 0..<operations.count {
            let operation = operations[index]
            if case .checkpoint = operation {
                if stops(at: index) { return }
                continue
            }
            execute(operation, worker)
            decideNext(after: index, worker)
            worker.barrier()
            let first = next
            while next < taps.count, taps[next].operation == index {
                keep(taps[next], worker)
                next += 1
            }
            if next > first { worker.barrier() }
        }
    }

    private func keep(_ tap: Tap, _ worker: Worker) {
        let source = rows(tap.node)
        let target = tapsArena.floats(
            at: tap.offset, rows: source.rows, columns: source.columns, stride: source.columns)
        for row in worker.share(of: source.rows) { kernels.copy(source, row: row, to: target, row: row) }
    }
}
