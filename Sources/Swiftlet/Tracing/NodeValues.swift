internal import Graph
internal import Interpreter
internal import Models
internal import Tensors

/// A value of a model's graph in one run, for those who port a family.
package struct NodeValue {
    /// `main`, `encoder` or `decoder`.
    package let stage: String
    /// The number of the operation that wrote it, in the order in which they ran.
    package let operation: Int
    /// The operation, its inputs and weights, as ``Graph/description`` has it.
    package let text: String
    /// The value's name there.
    package let node: String
    /// The names of the operation's weights.
    package let weights: [String]
    /// Layers that the stream has gone through, where the value is the residual stream between two layers.
    package let layer: Int?
    package let rows: Int
    package let columns: Int
    /// `[rows, columns]`
    package let values: [Float]
}

extension Model {
    /// Runs the model and hands over every value of its graph. No operations are fused, so that each has a result, but for what
    /// quantized weights need.
    ///
    /// - Parameters:
    ///   - target: what the decoder of an encoder-decoder reads.
    ///   - body: gets value after value.
    /// - Throws: ``SwiftletError``, or what `body` throws.
    package func forEachNode(
        of tokens: [Token], target: [Token] = [], _ runtime: RuntimeOptions = RuntimeOptions(),
        _ body: (NodeValue) throws -> Void
    ) throws {
        guard kind != .speech else {
            throw SwiftletError(.model, "\(path): the nodes of a model that reads sound cannot be traced by text")
        }
        try check(tokens, limit: kind == .textToText ? sourceLength() : contextLength, "the text")
        guard kind == .textToText else {
            var run = try NodeRun(self, tracedTask, "main", count: tokens.count, runtime)
            return try run.step(tokens, cross: nil, body)
        }
        var encoder = try NodeRun(self, .encoding, "encoder", count: tokens.count, runtime)
        try encoder.step(tokens, cross: nil, body)
        guard !target.isEmpty else { return }
        try check(target, limit: contextLength, "the target")
        var decoder = try NodeRun(
            self, .decoding, "decoder", count: target.count, crossPositions: tokens.count, runtime)
        try decoder.step(target, cross: encoder.interpreter.crossCache(of: 0), body)
        // The decoder read the encoder's cache until here.
        encoder.interpreter.endTracing()
    }
}

/// One stage whose every value is kept.
private struct NodeRun: ~Copyable {
    private let stage: String
    private let program: Program
    private let nodes: [Node]
    /// The stream between layers, and how many it has gone through.
    private let streams: [Node: Int]
    private let vocabulary: Int
    var interpreter: Interpreter

    init(
        _ model: Model, _ task: ModelTask, _ stage: String, count: Int, crossPositions: Int = 0,
        _ runtime: RuntimeOptions
    ) throws(SwiftletError) {
        var graph = try model.graph(for: task, without: [])
        let nodes = graph.operations.flatMap { $0.writes(graph) }.filter { graph.values[$0.index].storage == .float32 }
        var streams: [Node: Int] = [:]
        for (index, layer) in graph.layers.enumerated() {
            if index == 0 { streams[layer.input] = 0 }
            streams[layer.output] = index + 1
        }
        graph.observed = Set(nodes)
        let program = graph.compile(model.weightLayout)
        var settings = try runtime.interpreterOptions(
            isFloat32: model.isFloat32, contextLength: count, stepTokens: count)
        settings.packed = model.packed
        settings.crossCapacity = crossPositions
        let interpreter = try Interpreter.opened(program, settings)
        self.interpreter = interpreter
        self.nodes = nodes
        self.streams = streams
        self.program = program
        self.stage = stage
        vocabulary = model.vocabularySize
    }

    mutating func step(_ tokens: [Token], cross: CrossCache?, _ body: (NodeValue) throws -> Void) throws {
        do throws(InterpreterError) {
            try interpreter.startTracing(nodes: nodes)
            let entry: InlineArray<1, BatchEntry> = [BatchEntry(count: tokens.count, outputs: .all, cross: cross)]
            try interpreter.step(tokens.span, entries: entry.span, vocabulary: vocabulary)
        } catch {
            throw SwiftletError(error)
        }
        let graph = program.graph
        for (index, operation) in program.operations.enumerated() {
            for node in operation.writes(graph) {
                guard let rows = interpreter.traced(node) else { continue }
                try body(
                    NodeValue(
                        stage: stage, operation: index, text: operation.payload.text(graph), node: "\(node)",
                        weights: graph.weightNames(of: operation), layer: streams[node], rows: rows.rows,
                        columns: rows.columns, values: (0..<rows.rows).flatMap { rows.values($0) }))
            }
        }
    }
}
