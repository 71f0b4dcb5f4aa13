import Graph
import Interpreter
import Tensors

/// A text whose keys and values are stored for another net's cross-attention.
struct CrossText {
    let text: Int

    static let heads = Heads(queries: 2, keyValues: 1, keyDimension: 32, valueDimension: 32)

    private var tokens: [Int32] { someTokens(50 + 40 * text, seed: 70 + text) }

    private func net() throws -> (Net, keys: Net.Tensor, values: Net.Tensor) {
        var net = Net(seed: 71)
        let x = try net.embedding(columns: 64)
        let keys = try net.slice(x, 0..<32)
        let values = try net.slice(x, 32..<64)
        try net.builder.storeKeyValues(KeyValues(keys: keys.node, values: values.node), layer: 0)
        return (net, keys, values)
    }

    /// The interpreter of the text's program.
    func interpreter(_ format: CacheFormat) throws -> Interpreter {
        let (net, keys, _) = try net()
        return try Interpreter(
            net.program(keys), .small(Kernels.best.name, cache: format, contextLength: 100, stepTokens: 100))
    }

    func run(_ interpreter: inout Interpreter) throws { _ = try interpreter.run(tokens) }

    /// Its keys and values in double arithmetic.
    func reference() throws -> (keys: [[Double]], values: [[Double]]) {
        let (net, keys, values) = try net()
        return (net.reference(keys, tokens), net.reference(values, tokens))
    }
}

extension Net {
    /// Attention to a text: `[tokens, heads.queries * heads.valueDimension]`.
    mutating func crossAttention(query: Tensor, _ heads: Heads, _ text: CrossText) throws -> Tensor {
        let scale = 1 / Float(heads.keyDimension).squareRoot()
        let node = try builder.attention(query.node, .cross(layer: 0), heads, mask: .bidirectional, scale: scale)
        let plain = Plain.Attention(heads: heads, mask: .bidirectional, scale: Double(scale))
        let (keys, values) = try text.reference()
        return add(node, .sequence([query.index]) { plain.rows($0[0], keys, values) })
    }

    /// Three layers of attention: to all positions, to 71 and to 4; see `PlainStore.windows`.
    mutating func windows(_ x: Tensor) throws -> Tensor {
        let heads = Heads(queries: 2, keyValues: 1, keyDimension: 32, valueDimension: 32)
        var x = x
        for mask in [AttentionMask.causal] + PlainStore.windows.map({ .sliding(length: $0 + 1) }) {
            let keys = try slice(x, 0..<32)
            let values = try slice(x, 32..<64)
            let rotated = try rope(keys, rotated: 32, headDimension: 32, .neox)
            x = try norm(add(x, attention(query: x, keys: rotated, values: values, heads, mask)))
        }
        return x
    }
}
