internal import Graph
internal import Interpreter
internal import Models
internal import Tensors

/// What parts of a model add to the logit of a token (direct logit attribution): the residual stream is a sum, and with the
/// last norm's divisor kept, the logit is a sum of the same terms.
public struct LogitContributions: Sendable {
    /// One term.
    public struct Term: Sendable {
        /// From 0 on; nil: the embedding.
        public let layer: Int?
        /// `embedding`, `attention`, `cross-attention`, `mixer` or `feed-forward`.
        public let source: String
        /// What it adds to the logit.
        public let value: Double
        /// What each head of an attention adds to it; empty where its result is no sum of heads.
        public let heads: [Double]
    }

    /// The token whose logit is explained.
    public let token: Token
    /// The position that predicts it.
    public let position: Int
    /// In the order of the layers.
    public let terms: [Term]
    /// What belongs to no term: the bias of the last norm and of the output matrix.
    public let bias: Double

    /// The logit, before a softcap.
    public var sum: Double { terms.reduce(bias) { $0 + $1.value } }
}

extension Model {
    /// What the embedding, each attention, each of its heads and each feed-forward add directly to a token's logit, at the
    /// position whose sums the trace kept.
    ///
    /// - Parameter token: nil: the one with the greatest logit at that position, where it is the last.
    /// - Throws: ``SwiftletError`` with the code `model` for a model whose stream is no sum, as norms follow its sums, or whose
    ///   head is more than a norm and a product; `invalidArgument` for no such token.
    public func contributions(
        to token: Token? = nil, of trace: Trace, _ runtime: RuntimeOptions = RuntimeOptions()
    ) throws(SwiftletError) -> LogitContributions {
        let stage = trace.main
        let graph = try graph(for: tracedTask, without: trace.ablations)
        let layers = graph.layers
        guard let head = OutputHead(graph), stage.sums.layers.allSatisfy(\.isSum), layers.count == stage.layerCount
        else {
            throw SwiftletError(
                .model,
                "\(path): logits of this model (\(architecture)) are no sum of what its layers add: norms follow its sums, "
                    + "or its head is more than a norm and a product")
        }
        let best = stage.logits.indices.max { stage.logits[$0] < stage.logits[$1] }
        guard let token = token ?? best.map({ Token($0) }), (0..<Token(vocabularySize)).contains(token) else {
            throw SwiftletError(.invalidArgument, "there is no token to explain: name one of the vocabulary's")
        }
        let position = stage.sums.position
        func state(_ layers: Int) -> [Float] {
            let all = stage.hiddenStates(after: layers)
            let start = all.startIndex + position * stage.hiddenSize
            return Array(all[start..<start + stage.hiddenSize])
        }
        let frozen = FrozenNorm(head.norm, state(stage.layerCount))
        var rows = [frozen.scaled(state(0))]
        var headCounts: [[Int]] = []
        for (layer, sums) in zip(layers, stage.sums.layers) {
            var counts: [Int] = []
            for (term, values) in zip(layer.terms, sums.terms) {
                rows.append(frozen.scaled(values.values))
                let split = try heads(of: term, values, layer, graph, runtime)
                rows += split.map(frozen.scaled)
                counts.append(split.count)
            }
            headCounts.append(counts)
        }
        rows.append(frozen.biasRow(stage.hiddenSize))
        let values = try products(rows, with: head.weights.rows(Int(token)..<Int(token) + 1), runtime).map {
            Double($0) * head.factor
        }
        var terms = [LogitContributions.Term(layer: nil, source: "embedding", value: values[0], heads: [])]
        var place = 1
        for (layer, counts) in headCounts.enumerated() {
            for (index, count) in counts.enumerated() {
                terms.append(
                    LogitContributions.Term(
                        layer: layer, source: layers[layer].terms[index].source.rawValue, value: values[place],
                        heads: Array(values[place + 1..<place + 1 + count])))
                place += 1 + count
            }
        }
        let bias = values[place] + Double(head.bias?[Int(token)] ?? 0) * head.factor
        return LogitContributions(token: token, position: position, terms: terms, bias: bias)
    }

    /// What each head adds to the stream: `[heads][hiddenSize]`; empty where the way from them to the stream is not linear.
    private func heads(
        of term: LayerOutline.Term, _ values: PositionSums.Term, _ layer: LayerOutline, _ graph: Graph,
        _ runtime: RuntimeOptions
    ) throws(SwiftletError) -> [[Float]] {
        guard let attended = term.attended, let attention = layer.attentions.first(where: { $0.out == attended }),
            let part = graph.part(from: attended, to: term.node), part.isLinear
        else { return [] }
        let size = attention.heads.valueDimension
        // Every head alone, and none at all: a bias is no head's.
        let rows = (0...attention.heads.queries).map { head in
            var row = [Float](repeating: 0, count: values.attended.count)
            if head < attention.heads.queries {
                for column in head * size..<(head + 1) * size { row[column] = values.attended[column] }
            }
            return row
        }
        let results = try run(part, rows, runtime)
        let none = results[attention.heads.queries]
        return results.dropLast().map { row in zip(row, none).map { $0 - $1 } }
    }

    /// The product of each row with a matrix of one row.
    private func products(
        _ rows: [[Float]], with row: WeightMatrix, _ runtime: RuntimeOptions
    ) throws(SwiftletError) -> [Float] {
        var builder = GraphBuilder()
        let input = builder.input(.tokens, columns: row.columns)
        let output: Node
        do throws(GraphError) {
            output = try builder.linear(input, NamedMatrix(name: "output", matrix: row))
        } catch {
            throw SwiftletError(.model, "\(path): \(error)")
        }
        return try run(builder.graph(output: output), rows, runtime).map { $0[0] }
    }

    /// The results of a graph without state for some rows.
    private func run(
        _ graph: Graph, _ rows: [[Float]], _ runtime: RuntimeOptions
    ) throws(SwiftletError) -> [[Float]] {
        let settings = try runtime.interpreterOptions(
            isFloat32: isFloat32, contextLength: rows.count, stepTokens: rows.count)
        do throws(InterpreterError) {
            var interpreter = try Interpreter(graph.compile(), settings)
            try interpreter.step(count: rows.count) { input in
                for (row, values) in rows.enumerated() { input.fill(row: row, from: values.span) }
            }
            let result = interpreter.result
            return (0..<rows.count).map { result.values($0) }
        } catch {
            throw SwiftletError(error)
        }
    }
}

/// A norm, a product, and what multiplies its result: how most models end.
private struct OutputHead {
    let norm: Operation.Norm?
    let weights: WeightMatrix
    let bias: WeightVector?
    let factor: Double

    /// Nil for any other end.
    init?(_ graph: Graph) {
        guard let states = graph.finalStates, let tail = graph.part(from: states, to: graph.output) else { return nil }
        var norm: Operation.Norm?
        var term: ProductTerm?
        var factor = 1.0
        for operation in tail.operations {
            switch operation {
            case .norm(let own) where norm == nil && term == nil && own.size == graph.shape(of: own.x).columns:
                norm = own
            case .product(let product) where term == nil && product.termCount == 1:
                term = tail.terms[product.firstTerm]
            case .scale(let scale): factor *= Double(scale.factor)
            case .input, .selectRows, .softcap: break
            default: return nil
            }
        }
        guard let term, term.activation == nil else { return nil }
        self.norm = norm
        weights = term.weights
        bias = term.bias
        self.factor = factor
    }
}

/// A norm whose divisor stays that of one state: it is linear then.
private struct FrozenNorm {
    private let norm: Operation.Norm?
    private let factor: Double

    init(_ norm: Operation.Norm?, _ state: [Float]) {
        self.norm = norm
        guard let norm else {
            factor = 1
            return
        }
        let mean = norm.kind == .layer ? state.reduce(0.0) { $0 + Double($1) } / Double(state.count) : 0
        let square = state.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(state.count)
        factor = 1 / (square + Double(norm.epsilon)).squareRoot()
    }

    func scaled(_ row: [Float]) -> [Float] {
        guard let norm else { return row }
        let mean = norm.kind == .layer ? row.reduce(0.0) { $0 + Double($1) } / Double(row.count) : 0
        return row.indices.map { Float((Double(row[$0]) - mean) * factor) * (norm.weight?[$0] ?? 1) }
    }

    func biasRow(_ count: Int) -> [Float] { (0..<count).map { norm?.bias?[$0] ?? 0 } }
}

extension Graph {
    /// Whether every operation gives for a sum the sum of what it gives for the terms, but for constants.
    fileprivate var isLinear: Bool {
        operations.allSatisfy { operation in
            switch operation {
            case .input, .scale, .scaleColumns, .headProduct, .joinHeads, .zeroColumns: true
            case .product(let product): terms[product.terms].allSatisfy { $0.activation == nil && $0.residual == nil }
            default: false
            }
        }
    }
}
