package import Graph
package import Tensors

/// A value that a traced step copies, or sums up the squares of, once an operation has written it.
struct Tap: BitwiseCopyable {
    enum Kind: BitwiseCopyable {
        case copy
        /// The squares of all rows' columns.
        case squares
        /// The squares of the columns of each expert's places.
        case routedSquares(Routing)
    }

    /// The index of the operation that writes the value.
    let operation: Int
    let node: Node
    let kind: Kind
    /// Bytes into the arena of taps.
    let offset: Int
}

/// A value whose columns' squares a traced step sums up.
package struct SquaresRequest: Hashable, Sendable, BitwiseCopyable {
    package let node: Node
    /// Where the value has a row for every place.
    package let routing: Routing?

    package init(_ node: Node, _ routing: Routing? = nil) {
        self.node = node
        self.routing = routing
    }

    /// Bytes of the sums, and their shape; nil where they are too large.
    func shape(_ columns: Int) -> (matrices: Int, columns: Int, bytes: Int)? {
        let matrices = routing?.experts ?? 1
        let columns = columns / (routing?.used ?? 1)
        return SquareSums.byteCount(matrices: matrices, columns: columns).map { (matrices, columns, $0) }
    }
}

/// What traced steps keep: any values of the program, and attention weights. Later operations overwrite values, so they are
/// copied as soon as they are written.
struct Tracing: ~Copyable {
    let nodes: [Node]
    let heads: [AttentionHead]
    let squares: [SquaresRequest]
    private(set) var taps = FixedBuffer<Tap>([])
    /// Where values go; nil before a step was placed.
    private(set) var view: ArenaView?
    private var arena: Arena?
    private var places: [Node: FloatRows] = [:]
    private var sums: [SquaresRequest: SquareSums] = [:]

    /// By default nothing is kept.
    init(nodes: [Node] = [], heads: [AttentionHead] = [], squares: [SquaresRequest] = []) {
        self.nodes = nodes
        self.heads = heads
        self.squares = squares
    }

    var isEmpty: Bool { nodes.isEmpty && heads.isEmpty && squares.isEmpty }

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
            found.append(Tap(operation: writer, node: node, kind: .copy, offset: size))
            let buffer = program.buffers[node.index]
            let (bytes, overflow) = count(buffer.domain).multipliedReportingOverflow(by: 4 * buffer.columns)
            let (sum, isTooLarge) = size.addingReportingOverflow(bytes)
            guard !overflow, !isTooLarge, sum < Int.max - 8 else { throw .tooLarge("a trace of \(nodes.count) values") }
            size = (sum + 7) / 8 * 8
        }
        for request in squares {
            guard let writer = writers[program.graph.whole(request.node)] else { continue }
            let kind = request.routing.map(Tap.Kind.routedSquares) ?? .squares
            found.append(Tap(operation: writer, node: request.node, kind: kind, offset: size))
            let shape = request.shape(program.buffers[request.node.index].columns)
            let (sum, isTooLarge) = size.addingReportingOverflow(shape?.bytes ?? .max)
            guard shape != nil, !isTooLarge else { throw .tooLarge("the sums of \(squares.count) values") }
            size = sum
        }
        found.sort { $0.operation < $1.operation }
        let arena = try Interpreter.arena(size, 1)
        places = [:]
        sums = [:]
        for tap in found {
            let buffer = program.buffers[tap.node.index]
            switch tap.kind {
            case .copy:
                places[tap.node] = arena.view.floats(
                    at: tap.offset, rows: count(buffer.domain), columns: buffer.columns, stride: buffer.columns)
            case .squares: note(SquaresRequest(tap.node), tap, columns: buffer.columns, arena.view)
            case .routedSquares(let routing):
                note(SquaresRequest(tap.node, routing), tap, columns: buffer.columns, arena.view)
            }
        }
        taps = FixedBuffer(found)
        view = arena.view
        self.arena = consume arena
    }

    private mutating func note(_ request: SquaresRequest, _ tap: Tap, columns: Int, _ view: ArenaView) {
        guard let shape = request.shape(columns) else { return }
        sums[request] = view.squareSums(at: tap.offset, matrices: shape.matrices, columns: shape.columns)
    }

    func rows(_ node: Node) -> FloatRows? { places[node] }

    func sums(_ request: SquaresRequest) -> SquareSums? { sums[request] }
}

extension Interpreter {
    /// Keeps values of the steps from here on: those that a node had when its operation had written it.
    ///
    /// - Parameters:
    ///   - nodes: stored as float32, or as indices, whose bits are then those of the floats. The program must have been
    ///     compiled with them ``Graph/observed``, or some do not exist.
    ///   - heads: whose attention weights are kept. Those of a step that begins its sequence have a column for each of the
    ///     step's tokens; cross-attention's one for each position of the encoder's result.
    ///   - squares: values whose columns' squares are summed up over the rows of a step, as float32 or int8 blocks.
    /// - Throws: ``InterpreterError/attentionHead(_:of:)``.
    package mutating func startTracing(
        nodes: [Node], heads: [AttentionHead] = [], squares: [SquaresRequest] = []
    ) throws(InterpreterError) {
        try check(heads)
        tracing = Tracing(nodes: nodes, heads: heads, squares: squares)
    }

    package mutating func endTracing() {
        tracing = Tracing()
        wanted = WantedWeights()
    }

    /// The rows that a node had in the last step: nil where none were kept. Until the next step.
    package func traced(_ node: Node) -> FloatRows? { tracing.rows(node) }

    /// The sums that were asked for, over the last step; nil where none were. Until the next step.
    package func tracedSquares(_ request: SquaresRequest) -> SquareSums? { tracing.sums(request) }

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
        switch tap.kind {
        case .copy:
            let source = rows(tap.node)
            let target = tapsArena.floats(
                at: tap.offset, rows: source.rows, columns: source.columns, stride: source.columns)
            for row in worker.share(of: source.rows) { kernels.copy(source, row: row, to: target, row: row) }
        case .squares: sumSquares(tap, worker)
        case .routedSquares(let routing): sumSquares(tap, routing, worker)
        }
    }

    /// A thread has columns of its own, and adds up their rows in order.
    private func sumSquares(_ tap: Tap, _ worker: Worker) {
        let x = rows(tap.node)
        let sums = tapsArena.squareSums(at: tap.offset, matrices: 1, columns: x.columns)
        let columns = worker.share(of: x.columns)
        for row in 0..<x.rows {
            sums.add(x, row: row, in: columns, to: 0)
            if worker.thread == 0 { sums.countRow(0) }
        }
    }

    private func sumSquares(_ tap: Tap, _ routing: Routing, _ worker: Worker) {
        let order = indices(routing.order)
        let isQuantized = buffers[tap.node.index].storage == .int8Blocks
        let width = buffers[tap.node.index].columns / routing.used
        let sums = tapsArena.squareSums(at: tap.offset, matrices: routing.experts, columns: width)
        let columns = worker.share(of: width)
        for place in 0..<order.count {
            let expert = order[place]
            if isQuantized {
                sums.add(quantizedPlaces(tap.node, routing), row: place, in: columns, to: expert)
            } else {
                sums.add(places(tap.node, routing), row: place, in: columns, to: expert)
            }
            if worker.thread == 0 { sums.countRow(expert) }
        }
    }
}
