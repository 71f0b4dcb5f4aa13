internal import JSON

/// LFM2, dense or with experts.
///
/// Source: `Lfm2ForCausalLM` and `Lfm2MoeForCausalLM` of `transformers`; llama.cpp's `conversion/lfm2.py`.
struct LFM2: DecoderFamily {
    static let classes = ["Lfm2ForCausalLM", "Lfm2MoeForCausalLM"]
    var architecture: String { mixture == nil ? "lfm2" : "lfm2moe" }
    let decoder: Decoder
    /// Whether each layer attends.
    private let attends: [Bool]
    private let convolutionWidth: Int
    private let mixture: MixtureSettings?
    private let expertScale: Double

    var keyValueHeads: Int { attends.first == true ? decoder.keyValueHeads : 0 }
    var expertCount: Int { mixture?.count ?? 0 }

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let c = whole.renaming([
            "norm_eps": "rms_norm_eps", "block_ff_dim": "intermediate_size", "tie_embedding": "tie_word_embeddings",
        ])
        var traits = DecoderTraits(headNorms: .each, epsilon: 1e-5, contextLength: 128_000, isTied: true)
        traits.norms = .init([("attn_norm", "operator_norm"), ("ffn_norm", "ffn_norm")])
        traits.outputNorm = "token_embd_norm"
        traits.names = [
            "norm": "embedding_norm", "self_attn.o_proj": "self_attn.out_proj",
            "self_attn.q_norm": "self_attn.q_layernorm", "self_attn.k_norm": "self_attn.k_layernorm",
            "mlp.gate_proj": "feed_forward.w1", "mlp.up_proj": "feed_forward.w3", "mlp.down_proj": "feed_forward.w2",
        ]
        let isMixture = className.hasPrefix("Lfm2Moe")
        var decoder = try Decoder(
            c, className: className, traits, rope: RotarySettings(c, defaultBase: 1_000_000))
        try decoder.requirePlainRope(c)
        if !isMixture { decoder.feedForwardSize = try Self.feedForwardSize(c, decoder.feedForwardSize) }
        self.decoder = decoder
        attends = try Self.attends(c, layers: decoder.layers)
        convolutionWidth = try c.size("conv_L_cache", default: 3)
        mixture = isMixture ? try Self.mixture(c) : nil
        expertScale = try c.number("routed_scaling_factor", default: 1)
    }

    private static func attends(_ c: Configuration, layers: Int) throws(ConversionError) -> [Bool] {
        if let types = c.value["layer_types"]?.items {
            guard types.count == layers else { throw c.wrong("layer_types", "a kind for each of \(layers) layers") }
            var attends: [Bool] = []
            for type in types {
                guard let name = type.string, ["conv", "full_attention"].contains(name) else {
                    throw c.wrong("layer_types", "\"conv\" or \"full_attention\"")
                }
                attends.append(name == "full_attention")
            }
            return attends
        }
        guard let places = c.value["full_attn_idxs"]?.items else { return [Bool](repeating: true, count: layers) }
        return (0..<layers).map { layer in places.contains { $0.int == layer } }
    }

    /// Two thirds, rounded up to a multiple.
    private static func feedForwardSize(_ c: Configuration, _ given: Int) throws(ConversionError) -> Int {
        guard try c.bool("block_auto_adjust_ff_dim", default: true) else { return given }
        let multiple = try c.size("block_multiple_of", default: 256)
        let size = try c.number("block_ffn_dim_multiplier", default: 1) * Double(2 * given / 3)
        guard size >= 0, size < Double(Int32.max) else {
            throw c.wrong("block_ffn_dim_multiplier", "a factor of a size")
        }
        return (Int(size) + multiple - 1) / multiple * multiple
    }

    private static func mixture(_ c: Configuration) throws(ConversionError) -> MixtureSettings {
        guard try c.bool("norm_topk_prob", default: true) else { throw c.unsupported("norm_topk_prob: false") }
        var mixture = try MixtureSettings(
            count: c.size("num_experts"), used: c.size("num_experts_per_tok"), size: c.size("moe_intermediate_size"), c)
        mixture.part = "feed_forward."
        mixture.selectionBias = "expert_bias"
        mixture.storage = .apart(gate: "w1", up: "w3", down: "w2")
        mixture.leadingDense = try c.index("num_dense_layers", default: 2)
        return mixture
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set(
            "attention.head_count_kv", attends.map { $0 ? UInt32(clamping: decoder.keyValueHeads) : 0 })
        keys.set("shortconv.l_cache", size: convolutionWidth)
        guard let mixture else { return }
        mixture.describe(&keys)
        keys.set("leading_dense_block_count", size: mixture.leadingDense)
        keys.set("expert_gating_func", size: 2)
        if expertScale != 1 { keys.set("expert_weights_scale", Float(expertScale)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = decoder.hiddenSize
        try decoder.map(&t) { t, layer, from, to throws(ConversionError) in
            if attends[layer] {
                try decoder.mapAttention(&t, from, to)
            } else {
                try decoder.mapNorms(&t, from, to)
                try mapConvolution(&t, from: from + "conv.", to: to + "shortconv.")
            }
            if let mixture, mixture.hasExperts(layer) {
                try mixture.map(&t, from: from, to: to, hiddenSize: size)
            } else {
                try decoder.mapFeedForward(&t, from, to)
            }
        }
    }

    private func mapConvolution(_ t: inout TensorMap, from: String, to: String) throws(ConversionError) {
        let size = decoder.hiddenSize
        try t.linear(to + "in_proj", from: from + "in_proj", rows: 3 * size, columns: size)
        try t.add(
            to + "conv.weight", from: from + "conv.weight", [size, 1, convolutionWidth], as: [size, convolutionWidth])
        if t.has(from + "conv.bias") { try t.add(to + "conv.bias", from: from + "conv.bias", [size]) }
        try t.linear(to + "out_proj", from: from + "out_proj", rows: size, columns: size)
    }
}
