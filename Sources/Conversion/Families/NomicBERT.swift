internal import JSON

/// Nomic Embed 1 and 1.5, and Nomic Embed 2, whose layers have experts in part.
///
/// Source: `NomicBertModel` of nomic-ai/nomic-bert-2048 and of `transformers`; llama.cpp's `conversion/bert.py`, which leaves
/// out the experts' bias.
struct NomicBERT: EncoderFamily {
    static let classes = ["NomicBertModel"]
    static let prefixes = ["bert."]
    let encoder: Encoder
    private let rotary: RotarySettings
    private let experts: Experts?
    private var contextLength: Int

    /// Of a mixture in the second of each period of layers.
    private struct Experts {
        let count: Int
        let used: Int
        let period: Int
    }

    var architecture: String { experts == nil ? "nomic-bert" : "nomic-bert-moe" }
    var expertCount: Int { experts?.count ?? 0 }
    var tokenizer: TokenizerDefaults { TokenizerDefaults(tokenTypes: encoder.tokenTypes) }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let c = c.renaming([
            "n_embd": "hidden_size", "n_head": "num_attention_heads", "n_inner": "intermediate_size",
            "n_layer": "num_hidden_layers", "n_positions": "max_position_embeddings",
            "layer_norm_epsilon": "layer_norm_eps", "activation_function": "hidden_act",
            "rotary_emb_base": "rope_theta", "rotary_emb_fraction": "partial_rotary_factor",
        ])
        let period = try c.index("moe_every_n_layers", default: 0)
        encoder = try Encoder(
            c, className: className, keepsHeads: false,
            activations: period > 0 ? ["gelu": "gelu"] : ["swiglu": "silu", "silu": "silu"])
        rotary = try RotarySettings(c, defaultBase: c.has("n_embd") ? 10_000 : 1_000)
        try rotary.requirePlain(c)
        guard case .none = rotary.scaling else { throw c.unsupported("a scaled rope") }
        // Beyond them the published class turns by another base.
        contextLength = min(encoder.contextLength, try c.size("max_trained_positions", default: encoder.contextLength))
        for key in [
            "prenorm", "parallel_block", "causal", "rotary_emb_interleaved", "use_rms_norm", "expert_choice_router",
        ] where try c.bool(key, default: false) {
            throw c.unsupported("\(key): true")
        }
        if c.has("rotary_emb_scale_base") { throw c.unsupported("a rotary_emb_scale_base") }
        experts = period > 0 ? try Self.experts(c, period) : nil
    }

    private static func experts(_ c: Configuration, _ period: Int) throws(ConversionError) -> Experts {
        let count = try c.size("num_experts")
        let used = try c.size("moe_top_k")
        guard used <= count else { throw c.wrong("moe_top_k", "1 to the \(count) experts") }
        guard try c.index("num_shared_experts", default: 0) == 0 else { throw c.unsupported("shared experts") }
        if let norm = c.find(["moe_normalize_expert_weights"])?.value, norm.bool != false {
            throw c.unsupported("moe_normalize_expert_weights")
        }
        return Experts(count: count, used: used, period: period)
    }

    /// The length that sentence-transformers takes the model to have been trained for.
    mutating func read(_ folder: ModelFolder) throws(ConversionError) {
        let name = "sentence_bert_config.json"
        guard let value = try folder.json(name) else { return }
        let settings = Configuration(path: folder.path(name), value: value)
        contextLength = min(contextLength, try settings.size("max_seq_length", default: contextLength))
    }

    func describe(_ keys: inout ArchitectureKeys) {
        encoder.describe(&keys)
        keys.set("context_length", size: contextLength)
        keys.set("rope.freq_base", Float(rotary.base))
        guard let experts else { return }
        keys.set("moe_every_n_layers", size: experts.period)
        keys.set("expert_count", size: experts.count)
        keys.set("expert_used_count", size: experts.used)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let (hidden, inner) = (encoder.hiddenSize, encoder.feedForwardSize)
        for (name, from, rows) in [
            ("token_embd", "word", encoder.vocabularySize), ("token_types", "token_type", encoder.tokenTypes),
        ] {
            try t.add("\(name).weight", from: "embeddings.\(from)_embeddings.weight", [rows, hidden])
        }
        try t.norm("token_embd_norm", from: "emb_ln", size: hidden, hasBias: true)
        for layer in 0..<layers {
            let (to, from) = ("blk.\(layer).", "encoder.layers.\(layer).")
            try t.linear(to + "attn_qkv", from: from + "attn.Wqkv", rows: 3 * hidden, columns: hidden)
            try t.linear(to + "attn_output", from: from + "attn.out_proj", rows: hidden, columns: hidden)
            try t.norm(to + "attn_output_norm", from: from + "norm1", size: hidden, hasBias: true)
            try t.norm(to + "layer_output_norm", from: from + "norm2", size: hidden, hasBias: true)
            if let experts, layer % experts.period == 1 {
                try map(experts, &t, to, from: from + "mlp.")
                continue
            }
            for (name, source) in experts == nil ? [("ffn_up", "fc11"), ("ffn_gate", "fc12")] : [("ffn_up", "fc1")] {
                try t.linear(to + name, from: from + "mlp." + source, rows: inner, columns: hidden)
            }
            try t.linear(to + "ffn_down", from: from + "mlp.fc2", rows: hidden, columns: inner)
        }
        t.leaveOut { $0.hasPrefix("pooler.") }
    }

    private func map(
        _ experts: Experts, _ t: inout TensorMap, _ to: String, from: String
    ) throws(ConversionError) {
        let (hidden, inner) = (encoder.hiddenSize, encoder.feedForwardSize)
        try t.add(to + "ffn_gate_inp.weight", from: from + "router.layer.weight", [experts.count, hidden])
        try t.add(
            to + "ffn_up_exps.weight", from: from + "experts.mlp.w1", [experts.count * inner, hidden],
            as: [experts.count, inner, hidden])
        let down = MatrixPart(matrices: experts.count, rows: hidden, columns: inner, isTransposed: true)
        try t.add(
            to + "ffn_down_exps.weight", from: from + "experts.mlp.w2", [experts.count * inner, hidden],
            order: .matrices(down))
        if t.has(from + "experts.bias") {
            try t.add(to + "ffn_exps.bias", from: from + "experts.bias", [hidden])
        }
    }
}
