internal import Graph
internal import Tensors

/// Queries, keys and values of a step's tokens: `[tokens, heads * dimension]` each.
struct QueryKeyValue {
    var query: Node
    var key: Node
    var value: Node

    var keyValues: KeyValues { KeyValues(keys: key, values: value) }
}

/// Scores of an attention: `softcap * tanh(scale * query . key / softcap) + bias`.
struct AttentionScores: Sendable {
    let scale: Float
    /// Nil: scores are not capped.
    let softcap: Float?
    /// Nil: none.
    let bias: ScoreBias?

    init(scale: Float, softcap: Float? = nil, bias: ScoreBias? = nil) {
        self.scale = scale
        self.softcap = softcap
        self.bias = bias
    }

    /// - Parameter dimension: whose root scores are divided by.
    init(dimension: Int, softcap: Float? = nil, bias: ScoreBias? = nil) {
        self.init(scale: 1 / Float(dimension).squareRoot(), softcap: softcap, bias: bias)
    }
}

extension GraphBuilder {
    /// `attn_q`, `attn_k` and `attn_v`, or the three fused as rows of `attn_qkv`, whichever the file has.
    mutating func queryKeyValue(_ x: Node, _ w: TensorScope, _ heads: Heads) throws(ModelError) -> QueryKeyValue {
        let querySize = heads.queries * heads.keyDimension
        let keySize = heads.keyValues * heads.keyDimension
        let valueSize = heads.keyValues * heads.valueDimension
        guard w.has("attn_qkv.weight") else {
            return QueryKeyValue(
                query: try linear(x, w, "attn_q", size: querySize), key: try linear(x, w, "attn_k", size: keySize),
                value: try linear(x, w, "attn_v", size: valueSize))
        }
        let fused = try linear(x, w, "attn_qkv", size: querySize + keySize + valueSize)
        func part(_ first: Int, _ size: Int, _ g: inout GraphBuilder) throws(ModelError) -> Node {
            try g.checked(w) { g throws(GraphError) in try g.slice(fused, first..<first + size) }
        }
        return QueryKeyValue(
            query: try part(0, querySize, &self), key: try part(querySize, keySize, &self),
            value: try part(querySize + keySize, valueSize, &self))
    }

    /// Causal attention over this layer's cache, with `attn_sinks` where the file has them, then `attn_output`:
    /// `[tokens, hiddenSize]`.
    ///
    /// - Parameter scores: nil: divided by the root of the head's size.
    mutating func causalAttention(
        _ qkv: QueryKeyValue, _ w: TensorScope, _ sizes: TransformerSizes, layer: Int, mask: AttentionMask = .causal,
        _ scores: AttentionScores? = nil
    ) throws(ModelError) -> Node {
        let heads = sizes.heads
        let scores = scores ?? AttentionScores(dimension: heads.keyDimension)
        let sinks = try w.optionalVector("attn_sinks.weight", count: heads.queries)
        let attended = try checked(w) { g throws(GraphError) in
            try g.attention(
                qkv.query, .cache(layer: layer, append: qkv.keyValues), heads, mask: mask,
                bias: scores.bias, scale: scores.scale, softcap: scores.softcap, sinks: sinks)
        }
        return try linear(attended, w, "attn_output", size: sizes.hiddenSize)
    }

    /// ``causalAttention(_:_:_:layer:mask:_:)`` of queries and keys rotated by position.
    mutating func rotaryAttention(
        _ qkv: QueryKeyValue, _ rotation: Rotation, _ w: TensorScope, _ sizes: TransformerSizes, layer: Int,
        mask: AttentionMask = .causal, _ scores: AttentionScores? = nil
    ) throws(ModelError) -> Node {
        try causalAttention(rope(qkv, rotation, w, sizes.heads), w, sizes, layer: layer, mask: mask, scores)
    }

    /// Queries and keys rotated by position.
    mutating func rope(
        _ qkv: QueryKeyValue, _ rotation: Rotation, _ w: TensorScope, _ heads: Heads
    ) throws(ModelError) -> QueryKeyValue {
        QueryKeyValue(
            query: try rope(qkv.query, rotation, headDimension: heads.keyDimension, w),
            key: try rope(qkv.key, rotation, headDimension: heads.keyDimension, w), value: qkv.value)
    }

    /// Queries, keys and values bounded to `-limit...limit`.
    ///
    /// - Parameter limit: nil: none.
    mutating func clamp(
        _ qkv: QueryKeyValue, to limit: Float?, _ w: TensorScope
    ) throws(ModelError) -> QueryKeyValue {
        guard let limit else { return qkv }
        func clamped(_ x: Node, _ g: inout GraphBuilder) throws(ModelError) -> Node {
            try g.checked(w) { g throws(GraphError) in try g.clamp(x, low: -limit, high: limit) }
        }
        return QueryKeyValue(
            query: try clamped(qkv.query, &self), key: try clamped(qkv.key, &self),
            value: try clamped(qkv.value, &self))
    }

    /// Attention of a text's tokens to one another, then `attn_output`: `[tokens, hiddenSize]`.
    ///
    /// - Parameter scale: nil: 1 divided by the root of the head's size.
    mutating func batchAttention(
        _ qkv: QueryKeyValue, _ mask: AttentionMask, bias: ScoreBias? = nil, scale: Float? = nil, _ w: TensorScope,
        _ sizes: TransformerSizes
    ) throws(ModelError) -> Node {
        let attended = try checked(w) { g throws(GraphError) in
            try g.attention(
                qkv.query, .batch(qkv.keyValues), sizes.heads, mask: mask, bias: bias,
                scale: scale ?? 1 / Float(sizes.heads.keyDimension).squareRoot())
        }
        return try linear(attended, w, "attn_output", size: sizes.hiddenSize)
    }
}
