/// Multi-head latent attention, as `config.json` has it, and where its tensors are.
struct LatentSettings: Sendable {
    /// Nil: queries come from the state.
    let queryRank: Int?
    let rank: Int
    /// Columns of a head's key that do not rotate, those that do, and of its value.
    let plain: Int
    let rotated: Int
    let valueDimension: Int
    /// Whether the file has the matrices of keys and values apart, to be applied to queries and results.
    private let isCompressed: Bool

    init(_ c: Configuration, isCompressed: Bool) throws(ConversionError) {
        queryRank = c.has("q_lora_rank") ? try c.size("q_lora_rank") : nil
        rank = try c.size("kv_lora_rank")
        plain = try c.size("qk_nope_head_dim")
        rotated = try c.size("qk_rope_head_dim")
        valueDimension = try c.size("v_head_dim")
        self.isCompressed = isCompressed
        guard rotated % 2 == 0 else { throw c.wrong("qk_rope_head_dim", "an even number") }
        if try c.bool("attention_bias", default: false) { throw c.unsupported("attention_bias") }
    }

    /// The keys; those of the cache replace the decoder's.
    func describe(_ keys: inout ArchitectureKeys) {
        if let queryRank { keys.set("attention.q_lora_rank", size: queryRank) }
        keys.set("attention.kv_lora_rank", size: rank)
        keys.set("rope.dimension_count", size: rotated)
        guard isCompressed else {
            keys.set("attention.key_length", size: plain + rotated)
            keys.set("attention.value_length", size: valueDimension)
            return
        }
        keys.set("attention.head_count_kv", size: 1)
        keys.set("attention.key_length", size: rank + rotated)
        keys.set("attention.value_length", size: rank)
        keys.set("attention.key_length_mla", size: plain + rotated)
        keys.set("attention.value_length_mla", size: valueDimension)
    }

    /// Names the tensors of a layer's attention.
    func map(
        _ t: inout TensorMap, from: String, to: String, heads: Int, hiddenSize: Int
    ) throws(ConversionError) {
        let queries = heads * (plain + rotated)
        if let queryRank {
            try t.linear(to + "attn_q_a", from: from + "q_a_proj", rows: queryRank, columns: hiddenSize)
            try t.add(to + "attn_q_a_norm.weight", from: from + "q_a_layernorm.weight", [queryRank])
            try t.linear(to + "attn_q_b", from: from + "q_b_proj", rows: queries, columns: queryRank)
        } else {
            try t.linear(to + "attn_q", from: from + "q_proj", rows: queries, columns: hiddenSize)
        }
        try t.linear(
            to + "attn_kv_a_mqa", from: from + "kv_a_proj_with_mqa", rows: rank + rotated, columns: hiddenSize)
        try t.add(to + "attn_kv_a_norm.weight", from: from + "kv_a_layernorm.weight", [rank])
        try t.linear(
            to + "attn_output", from: from + "o_proj", rows: hiddenSize, columns: heads * valueDimension)
        let stored = [heads * (plain + valueDimension), rank]
        guard isCompressed else {
            return try t.add(to + "attn_kv_b.weight", from: from + "kv_b_proj.weight", stored)
        }
        // Of each head, rows of keys, which become columns, then rows of values.
        let keys = MatrixPart(matrices: heads, rows: rank, columns: plain, isTransposed: true)
        let values = MatrixPart(matrices: heads, rows: valueDimension, columns: rank, firstRow: plain)
        try t.add(to + "attn_k_b.weight", from: from + "kv_b_proj.weight", stored, order: .matrices(keys))
        try t.add(to + "attn_v_b.weight", from: from + "kv_b_proj.weight", stored, order: .matrices(values))
    }
}
