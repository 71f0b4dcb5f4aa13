internal import GGUF
internal import JSON

/// Gemma 4, the part that reads text.
///
/// Source: `Gemma4ForCausalLM` and `Gemma4ForConditionalGeneration` of `transformers`; llama.cpp's `conversion/gemma.py`.
struct Gemma4: DecoderFamily {
    static let classes = ["Gemma4ForCausalLM", "Gemma4ForConditionalGeneration"]
    static let prefixes = GemmaLayers.prefixes
    let architecture = "gemma4"
    let tokenizer = TokenizerDefaults(
        mergesPieces: true,
        visibleTokens: [
            "<|channel>", "<channel|>", "<|tool_call>", "<tool_call|>", "<|tool_response>", "<tool_response|>",
            "<|\"|>",
        ])
    let decoder: GemmaLayers
    /// Of layers without a window.
    private let globalDimension: Int
    private let globalKeyValueHeads: Int
    /// Whether their keys are their values.
    private let keysAreValues: Bool
    private let feedForwardSize: Int
    /// Whether the feed-forward of layers that share caches is twice as wide.
    private let isDoubled: Bool
    private let experts: (count: Int, used: Int, size: Int)?

    var expertCount: Int { experts?.count ?? 0 }

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let text = try whole.object("text_config")
        let c = text ?? whole
        decoder = try GemmaLayers(
            c, heads: 8, keyValueHeads: 4, contextLength: 131_072, usualPeriod: 6, logitCap: 0)
        guard try c.string("use_bidirectional_attention", default: "vision") == "vision" else {
            throw c.unsupported("use_bidirectional_attention for text")
        }
        // Newer files say it layer by layer, of all alike that have no window.
        let own = try Self.globalSettings(c, decoder)
        globalDimension = try (own ?? c).size(own == nil ? "global_head_dim" : "head_dim", default: 512)
        keysAreValues = try c.bool("attention_k_eq_v", default: false)
        let heads = decoder.keyValueHeads
        globalKeyValueHeads =
            if let own {
                try own.size("num_key_value_heads", default: heads)
            } else {
                keysAreValues ? try c.size("num_global_key_value_heads", default: heads) : heads
            }
        guard globalDimension % 2 == 0, decoder.heads % globalKeyValueHeads == 0 else {
            throw c.wrong("global_head_dim", "even, and its heads a divisor of \(decoder.heads)")
        }
        feedForwardSize = try c.size("intermediate_size")
        isDoubled = try c.bool("use_double_wide_mlp", default: false)
        guard feedForwardSize <= Int(Int32.max) / 2 else { throw c.wrong("intermediate_size", "less than 2^30") }
        experts =
            if try c.bool("enable_moe_block", default: false) {
                (
                    try c.size("num_experts"), try c.size("top_k_experts"),
                    try c.size("moe_intermediate_size", "expert_intermediate_size")
                )
            } else {
                nil
            }
        if let experts, experts.used > experts.count {
            throw c.wrong("top_k_experts", "1 to the \(experts.count) experts")
        }
        switch decoder.rope.scaling {
        case .none: break
        default: throw c.unsupported("rope scaling of this class")
        }
    }

    /// What `per_layer_config` says of the layers without a window; nil: nothing.
    private static func globalSettings(
        _ c: Configuration, _ decoder: GemmaLayers
    ) throws(ConversionError) -> Configuration? {
        guard let layers = try c.object("per_layer_config") else { return nil }
        var first: Configuration?
        for layer in 0..<decoder.layers where !decoder.windows.flags[layer] {
            guard let own = try layers.object("\(layer)") else { continue }
            if let first, first.value != own.value {
                throw c.unsupported("a per_layer_config that differs between layers without a window")
            }
            first = own
        }
        return first
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        let flags = decoder.windows.flags
        keys.set("attention.key_length", size: globalDimension)
        keys.set("attention.value_length", size: globalDimension)
        keys.set("attention.key_length_swa", size: decoder.headDimension)
        keys.set("attention.value_length_swa", size: decoder.headDimension)
        keys.set("rope.dimension_count", size: globalDimension)
        keys.set("rope.dimension_count_swa", size: decoder.headDimension)
        keys.set("attention.head_count_kv", flags.map { UInt32(clamping: keyValueHeads(isWindowed: $0)) })
        keys.set("feed_forward_length", flags.indices.map { UInt32(clamping: feedForwardSize($0)) })
        guard let experts else { return }
        keys.set("expert_count", size: experts.count)
        keys.set("expert_used_count", size: experts.used)
        keys.set("expert_feed_forward_length", size: experts.size)
    }

    private func keyValueHeads(isWindowed: Bool) -> Int { isWindowed ? decoder.keyValueHeads : globalKeyValueHeads }

    private func feedForwardSize(_ layer: Int) -> Int {
        isDoubled && !decoder.hasKeys(layer) ? 2 * feedForwardSize : feedForwardSize
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = decoder.hiddenSize
        try decoder.mapWhole(&t)
        for (layer, isWindowed) in decoder.windows.flags.enumerated() {
            try decoder.mapLayer(
                &t, layer, dimension: isWindowed ? decoder.headDimension : globalDimension,
                keyValueHeads: keyValueHeads(isWindowed: isWindowed), hasValues: isWindowed || !keysAreValues,
                feedForwardSize: feedForwardSize(layer))
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            try t.add(to + "layer_output_scale.weight", from: from + "layer_scalar", [1])
            guard let experts else { continue }
            for (name, stored, shape) in [
                ("pre_ffw_norm_2.weight", "pre_feedforward_layernorm_2.weight", [size]),
                ("post_ffw_norm_1.weight", "post_feedforward_layernorm_1.weight", [size]),
                ("post_ffw_norm_2.weight", "post_feedforward_layernorm_2.weight", [size]),
                ("ffn_gate_inp.weight", "router.proj.weight", [experts.count, size]),
                ("ffn_gate_inp.scale", "router.scale", [size]),
                ("ffn_gate_up_exps.weight", "experts.gate_up_proj", [experts.count, 2 * experts.size, size]),
                ("ffn_down_exps.weight", "experts.down_proj", [experts.count, size, experts.size]),
                ("ffn_down_exps.scale", "router.per_expert_scale", [experts.count]),
            ] {
                try t.add(to + name, from: from + stored, shape)
            }
        }
        // Pairs that do not rotate: their frequencies are divided by what is as good as infinite.
        let pairs = globalDimension / 2
        let rotated = Int(decoder.rope.rotatedShare * Double(globalDimension) / 2)
        t.add("rope_freqs.weight", values: (0..<pairs).map { $0 < rotated ? 1 : 1e30 })
    }
}
