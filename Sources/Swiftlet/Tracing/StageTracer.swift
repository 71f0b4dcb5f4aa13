internal import Graph
internal import Interpreter
internal import Models
internal import Tensors

/// Runs one stage of a model and keeps its values.
struct StageTracer: ~Copyable {
    let graph: Graph
    let layers: [LayerOutline]
    var interpreter: Interpreter
    private let options: TraceOptions
    private let isDecoder: Bool

    /// Floats of attention weights that one step computes; more take several steps.
    private static let stepWeights = 1 << 25

    /// - Parameters:
    ///   - count: positions.
    ///   - crossPositions: those that its cross-attention reads.
    init(
        _ model: Model, _ task: ModelTask, count: Int, crossPositions: Int = 0, _ options: TraceOptions,
        ablations: [AblatedPart]
    ) throws(SwiftletError) {
        var graph = try model.graph(for: task, without: ablations)
        let layers = graph.layers
        guard !layers.isEmpty else {
            throw SwiftletError(
                .model,
                "\(model.path): the layers of this model (\(model.architecture)) cannot be told apart: "
                    + "no value between them is all that the next one reads")
        }
        graph.observed = Self.observed(layers)
        let program = graph.compile(model.weightLayout)
        var settings = try options.runtime.interpreterOptions(
            isFloat32: model.isFloat32, contextLength: count, stepTokens: count)
        settings.packed = model.packed
        settings.crossCapacity = crossPositions
        if let cancellation = options.cancellation { settings.cancellation = cancellation.cancellation }
        let interpreter = try Interpreter.opened(program, settings)
        self.interpreter = interpreter
        self.graph = graph
        self.layers = layers
        self.options = options
        isDecoder = task == .nextToken || task == .decoding
    }

    private static func observed(_ layers: [LayerOutline]) -> Set<Node> {
        var nodes: Set<Node> = []
        for layer in layers {
            nodes.formUnion([layer.input, layer.output])
            for term in layer.terms { nodes.formUnion([term.node] + (term.attended.map { [$0] } ?? [])) }
            for routing in layer.routings { nodes.formUnion([routing.weights, routing.places, routing.order]) }
        }
        return nodes
    }

    /// The attention of a layer and the heads of it that are kept.
    private struct Wanted {
        let layer: Int
        let attention: Operation.Attention
        let heads: [Int]
    }

    private var wanted: [Wanted] {
        guard options.keepsAttention else { return [] }
        return layers.enumerated().flatMap { index, layer in
            guard options.layers?.contains(index) != false else { return [Wanted]() }
            return layer.attentions.map { attention in
                Wanted(
                    layer: index, attention: attention,
                    heads: (0..<attention.heads.queries).filter { options.heads?.contains($0) != false })
            }
        }
    }

    /// Traces a step.
    ///
    /// - Parameters:
    ///   - tokens: empty where the stage reads rows.
    ///   - crossCount: positions that cross-attention reads.
    ///   - step: runs the same step from the sequence's start on, each time that it is called.
    mutating func trace(
        _ tokens: [Token], count: Int, crossCount: Int = 0,
        _ step: (inout Interpreter) throws(InterpreterError) -> Void
    ) throws(SwiftletError) -> StageTrace {
        let wanted = wanted
        try check(wanted, count: count, crossCount: crossCount)
        do throws(InterpreterError) {
            try interpreter.startTracing(nodes: graph.observed.sorted { $0.index < $1.index })
            try step(&interpreter)
            let states = states(count)
            let sums = sums(at: min(max(0, options.position ?? count - 1), count - 1))
            let routings = routings(count)
            let logits = logits()
            var attentions: [AttentionTrace] = []
            for one in wanted {
                attentions.append(try attention(one, count: count, crossCount: crossCount, step))
            }
            interpreter.endTracing()
            return StageTrace(
                tokens: tokens, count: count, hiddenSize: graph.shape(of: layers[0].input).columns,
                layerCount: layers.count, attentions: attentions, routings: routings, logits: logits,
                isDecoder: isDecoder, states: states, sums: sums)
        } catch {
            throw SwiftletError(error)
        }
    }

    private func check(_ wanted: [Wanted], count: Int, crossCount: Int) throws(SwiftletError) {
        var bytes = 0
        for one in wanted {
            let columns = one.attention.isCross ? crossCount : count
            let (size, overflow) = (4 * one.heads.count * count).multipliedReportingOverflow(by: columns)
            bytes = overflow ? .max : bytes.addingReportingOverflow(size).partialValue
            guard !overflow, bytes >= 0, bytes <= options.maxAttentionBytes else {
                throw SwiftletError(
                    .invalidArgument,
                    "attention weights of \(count) positions take more than \(options.maxAttentionBytes >> 20) MB: trace "
                        + "fewer layers, heads or tokens")
            }
        }
    }

    /// The weights of some heads of an attention, in as many steps as memory asks for.
    private mutating func attention(
        _ one: Wanted, count: Int, crossCount: Int,
        _ step: (inout Interpreter) throws(InterpreterError) -> Void
    ) throws(InterpreterError) -> AttentionTrace {
        let columns = one.attention.isCross ? crossCount : count
        let perStep = max(1, Self.stepWeights / max(1, count * max(count, crossCount)))
        var weights: [Float] = []
        weights.reserveCapacity(one.heads.count * count * columns)
        for first in stride(from: 0, to: one.heads.count, by: perStep) {
            let heads = one.heads[first..<min(first + perStep, one.heads.count)]
            try interpreter.startTracing(
                nodes: [], heads: heads.map { AttentionHead(attention: one.attention.out, head: $0) })
            try step(&interpreter)
            guard let rows = interpreter.tracedWeights else { continue }
            for row in 0..<rows.rows {
                rows.withRow(row) { row in for column in 0..<columns { weights.append(row[column]) } }
            }
        }
        return AttentionTrace(
            kind: one.attention.isCross ? .cross : .own, layer: one.layer, heads: one.heads,
            headCount: one.attention.heads.queries, keyValueHeadCount: one.attention.heads.keyValues, rows: count,
            columns: columns, isCausal: !one.attention.isCross && one.attention.mask.ahead == 0,
            hasSinks: one.attention.sinks != nil, weights: weights)
    }

    // MARK: Values

    private func states(_ count: Int) -> [Float] {
        var found: [Float] = []
        for node in [layers[0].input] + layers.map(\.output) {
            guard let rows = interpreter.traced(node) else { continue }
            for row in 0..<count { found.append(contentsOf: rows.values(row)) }
        }
        return found
    }

    private func sums(at position: Int) -> PositionSums {
        PositionSums(
            position: position,
            layers: layers.map { layer in
                PositionSums.Layer(
                    terms: layer.terms.map { term in
                        PositionSums.Term(
                            source: term.source.rawValue,
                            values: interpreter.traced(term.node)?.values(position) ?? [],
                            attended: term.attended.flatMap { interpreter.traced($0)?.values(position) } ?? [])
                    }, isSum: layer.isSum)
            })
    }

    private func routings(_ count: Int) -> [RoutingTrace] {
        layers.enumerated().flatMap { index, layer in
            layer.routings.compactMap { routing in
                guard let weights = interpreter.traced(routing.weights),
                    let places = interpreter.traced(routing.places), let order = interpreter.traced(routing.order)
                else { return nil }
                var experts: [Int] = []
                var factors: [Float] = []
                for row in 0..<count {
                    for choice in 0..<routing.used {
                        let place = Int(places[row, choice].bitPattern)
                        experts.append(Int(order[place / routing.used, place % routing.used].bitPattern))
                        factors.append(weights[row, choice])
                    }
                }
                return RoutingTrace(
                    layer: index, expertCount: routing.experts, used: routing.used, experts: experts, weights: factors)
            }
        }
    }

    private func logits() -> [Float] {
        guard isDecoder else { return [] }
        let rows = interpreter.result
        return rows.rows > 0 ? rows.values(rows.rows - 1) : []
    }
}

extension Interpreter {
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    static func opened(_ program: Program, _ options: Options) throws(SwiftletError) -> Interpreter {
        do throws(InterpreterError) {
            return try Interpreter(program, options)
        } catch {
            throw SwiftletError(error)
        }
    }
}

extension FloatRows {
    /// A copy of one row.
    func values(_ row: Int) -> [Float] { withRow(row) { row in row.indices.map { row[$0] } } }
}

extension Model {
    /// What the model computes for a task, without some heads and layers.
    func graph(for task: ModelTask, without parts: [AblatedPart]) throws(SwiftletError) -> Graph {
        let graph: Graph
        do throws(ModelError) {
            graph = try definition.graph(for: task)
        } catch {
            throw SwiftletError(error)
        }
        do throws(GraphError) {
            return try graph.ablating(parts.map(\.ablation))
        } catch {
            throw SwiftletError(.invalidArgument, "\(error)")
        }
    }
}
