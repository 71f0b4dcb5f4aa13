internal import JSON

/// Nemotron-H, Nemotron Nano 2 and 3: a state space, attention, a feed-forward or experts in each layer.
///
/// Source: `NemotronHForCausalLM` of `transformers`; llama.cpp's `conversion/nemotron.py`.
struct NemotronH: DecoderFamily {
    private enum Kind: Sendable {
        case stateSpace, attention, feedForward, experts

        /// - Parameter name: a character of `hybrid_override_pattern`, or what newer files call the kind.
        init?(_ name: String) {
            switch name {
            case "M", "mamba", "linear_attention": self = .stateSpace
            case "*", "attention", "full_attention": self = .attention
            case "-", "mlp": self = .feedForward
            case "E", "moe": self = .experts
            default: return nil
            }
        }
    }

    static let classes = ["NemotronHForCausalLM"]
    static let prefixes = ["backbone.", "model."]
    var architecture: String { experts == nil ? "nemotron_h" : "nemotron_h_moe" }
    let decoder: Decoder
    private let kinds: [Kind]
    private let stateSpace: HeadStateSpaceSettings
    private let experts: NemotronExperts?

    var keyValueHeads: Int { kinds.first == .attention ? decoder.keyValueHeads : 0 }
    var expertCount: Int { experts?.count ?? 0 }

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let kinds = try Self.kinds(whole)
        self.kinds = kinds
        let c = whole.renaming(["attention_head_dim": "head_dim", "mamba_n_groups": "n_groups"])
            .replacing("num_hidden_layers", by: .number("\(kinds.count)"))
        var traits = DecoderTraits(epsilon: 1e-5, headDimension: 128, contextLength: 4_096)
        traits.rotates = false
        traits.norms = .init([])
        traits.names = ["embed_tokens": "embeddings", "norm": "norm_f"]
        for name in ["q_proj", "k_proj", "v_proj", "o_proj"] { traits.names["self_attn.\(name)"] = "mixer.\(name)" }
        decoder = try Decoder(c, className: className, traits)
        stateSpace = try HeadStateSpaceSettings(
            heads: c.size("mamba_num_heads", default: 128), headSize: c.size("mamba_head_dim", default: 64),
            stateSize: c.size("ssm_state_size", default: 128), groups: c.size("n_groups", default: 8),
            convolutionWidth: c.size("conv_kernel", "mamba_d_conv", default: 4), c)
        for (key, usual) in [("mlp_hidden_act", "relu2"), ("mamba_hidden_act", "silu")] {
            let activation = try c.string(key, default: usual)
            guard activation == usual else { throw c.unsupported("the activation \(activation.visible)") }
        }
        guard try !c.bool("use_bias", default: false) else { throw c.unsupported("use_bias: true") }
        experts = kinds.contains(.experts) ? try NemotronExperts(c) : nil
    }

    private static func kinds(_ c: Configuration) throws(ConversionError) -> [Kind] {
        let names: [String]
        let key: String
        if let pattern = c.find(["hybrid_override_pattern"])?.value.string {
            (names, key) = (pattern.map { String($0) }, "hybrid_override_pattern")
        } else if let (found, value) = c.find(["layers_block_type", "layer_types"]), let items = value.items {
            (names, key) = (items.map { $0.string ?? "" }, found)
        } else {
            throw c.wrong("layers_block_type", "the kinds of the layers")
        }
        let kinds = names.compactMap { Kind($0) }
        guard !kinds.isEmpty, kinds.count == names.count else {
            throw c.wrong(key, "mamba (M), attention (*), mlp (-) and moe (E) alone")
        }
        return kinds
    }

    private func feedForwardSize(_ kind: Kind) -> Int {
        switch kind {
        case .stateSpace, .attention: 0
        case .feedForward: decoder.feedForwardSize
        case .experts: experts?.size ?? 0
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        // llama.cpp asks for this one, whatever the norm.
        keys.set("attention.layer_norm_epsilon", Float(decoder.epsilon))
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set(
            "attention.head_count_kv", kinds.map { $0 == .attention ? UInt32(clamping: decoder.keyValueHeads) : 0 })
        keys.set("feed_forward_length", kinds.map { UInt32(clamping: feedForwardSize($0)) })
        stateSpace.describe(&keys)
        experts?.describe(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = decoder.hiddenSize
        try decoder.map(&t) { t, layer, from, to throws(ConversionError) in
            let mixer = from + "mixer."
            try t.norm(to + "attn_norm", from: from + "norm", size: size, hasBias: false)
            switch kinds[layer] {
            case .stateSpace: try stateSpace.map(&t, from: mixer, to: to, hiddenSize: size)
            case .attention: try decoder.mapAttention(&t, from, to)
            case .feedForward:
                let inner = decoder.feedForwardSize
                try t.linear(to + "ffn_up", from: mixer + "up_proj", rows: inner, columns: size)
                try t.linear(to + "ffn_down", from: mixer + "down_proj", rows: size, columns: inner)
            case .experts: try experts?.map(&t, from: mixer, to: to, hiddenSize: size)
            }
        }
        // Layers that predict tokens further ahead, for drafts alone.
        t.leaveOut { $0.hasPrefix("mtp.") }
    }
}
