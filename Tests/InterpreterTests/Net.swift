import Graph
import Interpreter
import Tensors
import TestSupport

/// A graph, and beside it the same operations in plain double arithmetic: whatever is stated is stated to both.
struct Net {
    /// A value of both.
    struct Tensor {
        let node: Node
        let index: Int
        let columns: Int
    }

    /// A value over the rows of a whole sequence.
    enum Reference {
        case embedding([[Double]], RowIndex)
        case norm(Int, NormKind, weight: [Double], bias: [Double]?, epsilon: Double)
        case linear(Int, [[Double]], bias: [Double]?)
        case slice(Int, Range<Int>)
        case add(Int, Int)
        case multiply(Int, Int)
        case activate(Int, Activation)
        case rope(Int, frequencies: [Double], headDimension: Int, RoPEPairing)
        case attention(query: Int, keys: Int, values: Int, Plain.Attention)
        /// The same rows: the reference computes all of them.
        case selectRows(Int)
        /// Of each position's row.
        case map(Int, @Sendable (_ position: Int, [Double]) -> [Double])
        /// Of all rows of some values.
        case sequence([Int], @Sendable (_ values: [[[Double]]]) -> [[Double]])
        /// Of each row of one value and the same row of another.
        case zip(Int, Int, @Sendable ([Double], [Double]) -> [Double])
    }

    var builder = GraphBuilder()
    private(set) var references: [Reference] = []
    var random: SeededRandom
    private(set) var cachedLayers = 0
    /// Of adapters, which add to most products.
    var adapterScales: [Float] = []
    /// Of their first matrices.
    var adapterFormats: [EncodedWeight.Format] = [.f32, .f16, .bf16]
    /// Whether adapters are drawn, but not stated.
    var leavesAdaptersOut = false
    static let vocabulary = 16
    /// Positions that a table of positions has.
    static let positions = 64

    init(seed: Int) { random = SeededRandom(seed: seed) }

    func program(_ output: Tensor, _ layout: WeightLayout = .blocks) -> Program {
        builder.graph(output: output.node).compile(layout)
    }

    /// The program of what `build` states.
    static func program(
        seed: Int, _ layout: WeightLayout = .blocks, _ build: (inout Net) throws -> Tensor
    ) rethrows -> Program {
        var net = Net(seed: seed)
        let output = try build(&net)
        return net.program(output, layout)
    }

    // MARK: Weights

    mutating func numbers(_ count: Int, _ scale: Float) -> [Float] {
        (0..<count).map { _ in Float.random(in: -scale...scale, using: &random) }
    }

    /// A random matrix of unit gain, and its rows in double.
    mutating func matrix(
        rows: Int, columns: Int, _ format: EncodedWeight.Format, scale: Float? = nil
    ) throws -> (NamedMatrix, [[Double]]) {
        let values = numbers(rows * columns, scale ?? (3 / Float(columns)).squareRoot())
        return try matrix(values, columns: columns, format)
    }

    func matrix(
        _ values: [Float], columns: Int, _ format: EncodedWeight.Format
    ) throws -> (NamedMatrix, [[Double]]) {
        let rows = values.count / columns
        let encoded = EncodedWeight(values, format)
        let weightFormat = WeightFormat(rawValue: format.rawValue) ?? .f32
        let matrix = try WeightMatrix(
            bytes: OwnedBytes.immortal(encoded.bytes).bytes, format: weightFormat, rows: rows, columns: columns)
        let values = (0..<rows).map { Array(encoded.values[$0 * columns..<($0 + 1) * columns]) }
        return (NamedMatrix(name: "w\(references.count)", matrix: matrix), values)
    }

    mutating func vector(_ values: [Float]) throws -> (NamedVector, [Double]) {
        let bytes = OwnedBytes.immortal(EncodedWeight(values, .f32).bytes)
        let vector = try WeightVector(bytes: bytes.bytes, count: values.count)
        return (NamedVector(name: "v\(references.count)", vector: vector), values.map(Double.init))
    }

    // MARK: Operations

    mutating func add(_ node: Node, _ reference: Reference) -> Tensor {
        references.append(reference)
        return Tensor(node: node, index: references.count - 1, columns: builder.shape(of: node).columns)
    }

    mutating func embedding(columns: Int, _ format: EncodedWeight.Format = .f32) throws -> Tensor {
        let (table, rows) = try matrix(rows: Self.vocabulary, columns: columns, format, scale: 1.5)
        return add(builder.embedding(table, by: .tokens), .embedding(rows, .tokens))
    }

    mutating func positionEmbedding(columns: Int) throws -> Tensor {
        let (table, rows) = try matrix(rows: Self.positions, columns: columns, .f32, scale: 1)
        return add(builder.embedding(table, by: .positions), .embedding(rows, .positions))
    }

    mutating func segmentEmbedding(columns: Int) throws -> Tensor {
        let (table, rows) = try matrix(rows: 2, columns: columns, .f32, scale: 1)
        return add(builder.embedding(table, by: .segments), .embedding(rows, .segments))
    }

    mutating func norm(_ x: Tensor, _ kind: NormKind = .rms, bias: Bool = false) throws -> Tensor {
        let (weight, weights) = try vector(numbers(x.columns, 0.5).map { $0 + 1 })
        let biases = bias ? try vector(numbers(x.columns, 0.5)) : nil
        let node = try builder.norm(x.node, kind, weight: weight, bias: biases?.0, epsilon: 1e-3)
        return add(
            node, .norm(x.index, kind, weight: weights, bias: biases?.1, epsilon: Double(Float(1e-3))))
    }

    /// - Parameter weighted: one weight for all heads, one a head, or none.
    mutating func normHeads(
        _ x: Tensor, headDimension: Int, _ kind: NormKind, _ weighted: HeadWeights
    ) throws -> Tensor {
        let count = weighted == .shared ? headDimension : x.columns
        let weights = weighted == .none ? nil : try vector(numbers(count, 0.5).map { $0 + 1 })
        let node = try builder.normHeads(
            x.node, kind, headDimension: headDimension, weight: weights?.0, epsilon: 1e-3)
        let values = weights?.1 ?? [Double](repeating: 1, count: headDimension)
        return add(
            node,
            .map(x.index) { _, row in
                stride(from: 0, to: row.count, by: headDimension).flatMap { first in
                    let weight = Array(values[first % values.count..<first % values.count + headDimension])
                    return Plain.norm(
                        Array(row[first..<first + headDimension]), kind, weight, nil, Double(Float(1e-3)))
                }
            })
    }

    enum HeadWeights: CaseIterable, Sendable { case shared, aRowAHead, none }

    mutating func normHeads(_ x: Tensor, headDimension: Int) throws -> Tensor {
        let (weight, weights) = try vector(numbers(headDimension, 0.5).map { $0 + 1 })
        let node = try builder.normHeads(x.node, .rms, weight: weight, epsilon: 1e-3)
        return add(node, .norm(x.index, .rms, weight: weights, bias: nil, epsilon: Double(Float(1e-3))))
    }

    mutating func linear(
        _ x: Tensor, rows: Int, _ format: EncodedWeight.Format = .f32, bias: Bool = false
    ) throws -> Tensor {
        let (weights, values) = try matrix(rows: rows, columns: x.columns, format)
        let biases = bias ? try vector(numbers(rows, 0.5)) : nil
        guard !adapterScales.isEmpty else {
            let node = try builder.linear(x.node, weights, bias: biases?.0)
            return add(node, .linear(x.index, values, bias: biases?.1))
        }
        let (updates, sum) = try adapters(of: values)
        let stated = leavesAdaptersOut ? [] : updates
        let node = try builder.linear(x.node, weights, bias: biases?.0, updates: stated, of: x.node)
        return add(node, .linear(x.index, sum, bias: biases?.1))
    }

    mutating func slice(_ x: Tensor, _ range: Range<Int>) throws -> Tensor {
        add(try builder.slice(x.node, range), .slice(x.index, range))
    }

    mutating func add(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        add(try builder.add(a.node, b.node), .add(a.index, b.index))
    }

    mutating func multiply(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        add(try builder.multiply(a.node, b.node), .multiply(a.index, b.index))
    }

    mutating func activate(_ x: Tensor, _ activation: Activation) -> Tensor {
        add(builder.activate(x.node, activation), .activate(x.index, activation))
    }

    mutating func rope(
        _ x: Tensor, rotated: Int, headDimension: Int, _ pairing: RoPEPairing, factor: Double = 1
    ) throws -> Tensor {
        let rope = RoPE(rotated: rotated, base: 100, factor: factor, pairing: pairing)
        let table = try builder.ropeTable(rope)
        let node = try builder.rope(x.node, table: table, headDimension: headDimension, pairing: pairing)
        let frequencies = (0..<rotated / 2).map { Plain.power(100, -2 * Double($0) / Double(rotated)) / factor }
        return add(
            node, .rope(x.index, frequencies: frequencies, headDimension: headDimension, pairing))
    }

    mutating func attention(
        query: Tensor, keys: Tensor, values: Tensor, _ heads: Heads, _ mask: AttentionMask = .causal,
        bias: Bias? = nil, softcap: Float? = nil, hasSinks: Bool = false, cached: Bool = true
    ) throws -> Tensor {
        let keyValues = KeyValues(keys: keys.node, values: values.node)
        let source = cached ? KeySource.cache(layer: cachedLayers, append: keyValues) : .batch(keyValues)
        if cached { cachedLayers += 1 }
        let scale = 1 / Float(heads.keyDimension).squareRoot()
        let sinks = hasSinks ? try vector(numbers(heads.queries, 2)) : nil
        var reference = Plain.Attention(heads: heads, mask: mask, scale: Double(scale))
        reference.softcap = softcap.map(Double.init)
        reference.sinks = sinks?.1
        var scoreBias: ScoreBias?
        switch bias {
        case .alibi(let maxBias):
            scoreBias = .alibi(maxBias: maxBias)
            reference.bias = .alibi(maxBias: Double(maxBias))
        case .relative(let buckets, let bidirectional, let maxDistance):
            let (table, rows) = try matrix(rows: buckets, columns: heads.queries, .f32, scale: 2)
            scoreBias = .relative(table, bidirectional: bidirectional, maxDistance: maxDistance)
            reference.bias = .relative(rows, bidirectional: bidirectional, maxDistance: maxDistance)
        case nil: break
        }
        let node = try builder.attention(
            query.node, source, heads, mask: mask, bias: scoreBias, scale: scale, softcap: softcap, sinks: sinks?.0)
        return add(node, .attention(query: query.index, keys: keys.index, values: values.index, reference))
    }

    /// Causal attention of other queries to the last cache, which `attention` appended to.
    mutating func shareCache(query: Tensor, of attention: Tensor) throws -> Tensor {
        guard case .attention(_, let keys, let values, let other) = references[attention.index] else { return query }
        let plain = Plain.Attention(heads: other.heads, mask: .causal, scale: 0.5)
        let node = try builder.attention(
            query.node, .cache(layer: cachedLayers - 1, append: nil), plain.heads, mask: .causal, scale: 0.5)
        return add(node, .attention(query: query.index, keys: keys, values: values, plain))
    }

    /// A score bias, whose table is random.
    enum Bias: Sendable {
        case alibi(maxBias: Float)
        case relative(buckets: Int, bidirectional: Bool, maxDistance: Int)
    }

    mutating func selectRows(_ x: Tensor) throws -> Tensor {
        add(try builder.selectRows(x.node), .selectRows(x.index))
    }
}
