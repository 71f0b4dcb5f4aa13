internal import Graph
internal import Tensors

/// Multi-head latent attention (arXiv:2405.04434 §2.1): a token's keys and values come from one vector, which is cached in
/// their place, and a key that rotates is shared by all heads.
struct LatentAttention: Sendable {
    let queries: Int
    /// Columns of the vector that keys and values come from.
    let rank: Int
    /// Columns of the vector that queries come from; nil: they come from the state.
    let queryRank: Int?
    /// Columns of a head's key and query; the last `rotated` rotate.
    let keyDimension: Int
    let rotated: Int
    let valueDimension: Int
    let scores: AttentionScores

    /// Columns of a head's key that do not rotate.
    var plain: Int { keyDimension - rotated }

    /// Reads `attention.kv_lora_rank`, `attention.q_lora_rank`, `attention.key_length_mla` and `attention.value_length_mla`;
    /// of files without the last two, keys and values have the usual lengths.
    ///
    /// - Parameters:
    ///   - rotated: columns of a key that rotate.
    ///   - scoreFactor: multiplies scores.
    init(
        _ h: Hyperparameters, _ sizes: TransformerSizes, rotated: Int, scoreFactor: Float = 1
    ) throws(ModelError) {
        queries = sizes.heads.queries
        self.rotated = rotated
        rank = try h.positive("attention.kv_lora_rank")
        let queryRank = try h.count("attention.q_lora_rank", default: 0)
        self.queryRank = queryRank == 0 ? nil : queryRank
        keyDimension = try h.positive("attention.key_length_mla", default: sizes.heads.keyDimension)
        valueDimension = try h.positive("attention.value_length_mla", default: sizes.heads.valueDimension)
        scores = AttentionScores(scale: scoreFactor / Float(keyDimension).squareRoot())
        guard rotated < keyDimension else {
            throw h.wrong("rope.dimension_count", "\(rotated)", "less than the \(keyDimension) columns of a key")
        }
        let limit = Hyperparameters.maxSize / queries
        for (key, size) in [
            ("attention.kv_lora_rank", rank), ("attention.key_length_mla", keyDimension),
            ("attention.value_length_mla", valueDimension),
        ] where size > limit / 2 {
            throw h.wrong(key, "\(size)", "at most \(limit / 2) with \(queries) heads")
        }
    }
}

extension GraphBuilder {
    /// Causal attention over this layer's cache of vectors, then `attn_output`: `[tokens, hiddenSize]`. Queries are `attn_q`, or
    /// `attn_q_b` of the normalized `attn_q_a`. `attn_kv_a_mqa` gives the vector, which `attn_kv_a_norm` normalizes, and the
    /// key that rotates. `attn_k_b` and `attn_v_b` are applied to queries and results, so that the cache holds the vector;
    /// files that have them joined as `attn_kv_b` cache every head's keys and values.
    mutating func latentAttention(
        _ x: Node, _ w: TensorScope, _ latent: LatentAttention, _ norm: Norm, _ rotation: Rotation, layer: Int
    ) throws(ModelError) -> Node {
        let (rank, rotated) = (latent.rank, latent.rotated)
        let query = try rope(
            latentQuery(x, w, latent, norm), rotation, headDimension: latent.keyDimension, firstColumn: latent.plain, w)
        let both = try linear(x, w, "attn_kv_a_mqa", size: rank + rotated)
        let vector = try self.norm(slice(both, 0..<rank, w), norm, w, "attn_kv_a_norm")
        let turned = try rope(slice(both, rank..<rank + rotated, w), rotation, headDimension: rotated, w)
        let key = HeadColumns(turned, headDimension: rotated, columns: 0..<rotated)
        let attended =
            w.has("attn_kv_b.weight")
            ? try expandedAttention(query, vector, key, w, latent, layer: layer)
            : try compressedAttention(query, vector, key, w, latent, layer: layer)
        return try linear(attended, w, "attn_output", size: shape(of: x).columns)
    }

    private mutating func latentQuery(
        _ x: Node, _ w: TensorScope, _ latent: LatentAttention, _ norm: Norm
    ) throws(ModelError) -> Node {
        let size = latent.queries * latent.keyDimension
        guard let rank = latent.queryRank else { return try linear(x, w, "attn_q", size: size) }
        let vector = try self.norm(linear(x, w, "attn_q_a", size: rank), norm, w, "attn_q_a_norm")
        return try linear(vector, w, "attn_q_b", size: size)
    }

    /// `[tokens, heads * valueDimension]`, by a cache of a vector and a key a token.
    private mutating func compressedAttention(
        _ query: Node, _ vector: Node, _ key: HeadColumns, _ w: TensorScope, _ latent: LatentAttention, layer: Int
    ) throws(ModelError) -> Node {
        let (count, rank, plain) = (latent.queries, latent.rank, latent.plain)
        let keyMatrices = try w.expertMatrix("attn_k_b.weight", experts: count, rows: rank, columns: plain)
        let values = try w.expertMatrix(
            "attn_v_b.weight", experts: count, rows: latent.valueDimension, columns: rank)
        let heads = Heads(queries: count, keyValues: 1, keyDimension: rank + latent.rotated, valueDimension: rank)
        return try checked(w) { g throws(GraphError) in
            let absorbed = HeadColumns(
                try g.headProduct(query, keyMatrices, heads: count), headDimension: rank, columns: 0..<rank)
            let turned = HeadColumns(query, headDimension: latent.keyDimension, columns: plain..<latent.keyDimension)
            let keys = try g.joinHeads(1, HeadColumns(vector, headDimension: rank, columns: 0..<rank), key)
            // The vector is cached once: as the first columns of the keys.
            let cached = KeyValues(keys: keys, values: try g.slice(keys, 0..<rank))
            let attended = try g.attention(
                g.joinHeads(count, absorbed, turned), .cache(layer: layer, append: cached), heads, mask: .causal,
                scale: latent.scores.scale)
            return try g.headProduct(attended, values, heads: count)
        }
    }

    /// `[tokens, heads * valueDimension]`, by a cache of every head's keys and values.
    private mutating func expandedAttention(
        _ query: Node, _ vector: Node, _ key: HeadColumns, _ w: TensorScope, _ latent: LatentAttention, layer: Int
    ) throws(ModelError) -> Node {
        let (count, plain) = (latent.queries, latent.plain)
        let dimension = plain + latent.valueDimension
        let both = try linear(vector, w, "attn_kv_b", size: count * dimension)
        let heads = Heads(
            queries: count, keyValues: count, keyDimension: latent.keyDimension,
            valueDimension: latent.valueDimension)
        return try checked(w) { g throws(GraphError) in
            let cached = KeyValues(
                keys: try g.joinHeads(
                    count, HeadColumns(both, headDimension: dimension, columns: 0..<plain), key),
                values: try g.joinHeads(count, HeadColumns(both, headDimension: dimension, columns: plain..<dimension)))
            return try g.attention(
                query, .cache(layer: layer, append: cached), heads, mask: .causal, scale: latent.scores.scale)
        }
    }

    private mutating func slice(_ x: Node, _ range: Range<Int>, _ w: TensorScope) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in try g.slice(x, range) }
    }
}
