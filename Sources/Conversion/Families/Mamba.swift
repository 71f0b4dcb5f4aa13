internal import JSON

/// Mamba and FalconMamba.
///
/// Source: `MambaForCausalLM` and `FalconMambaForCausalLM` of `transformers`; llama.cpp's `conversion/mamba.py`.
struct Mamba: Family {
    static let classes = ["MambaForCausalLM", "MambaModel", "FalconMambaForCausalLM", "FalconMambaModel"]
    static let prefixes = ["backbone."]
    let architecture = "mamba"
    let layers: Int
    let heads = 0
    let keyValueHeads = 0
    let vocabularySize: Int
    let tokenizer = TokenizerDefaults()
    private let hiddenSize: Int
    private let innerSize: Int
    private let stateSize: Int
    private let convolutionWidth: Int
    private let timeStepRank: Int
    private let epsilon: Double
    /// Of the norms of step, B and C; nil: there are none.
    private let parameterEpsilon: Double?
    private let isTied: Bool

    /// A state space has no longest text.
    private static let contextLength = 1 << 20

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        layers = try c.size("num_hidden_layers", "n_layer")
        hiddenSize = try c.size("hidden_size", "d_model")
        vocabularySize = try c.size("vocab_size")
        innerSize = try c.size("intermediate_size", "d_inner", default: 2 * hiddenSize)
        stateSize = try c.size("state_size", "d_state", default: 16)
        convolutionWidth = try c.size("conv_kernel", "d_conv", default: 4)
        timeStepRank = try Self.timeStepRank(c, hiddenSize)
        epsilon = try c.number("layer_norm_epsilon", "rms_norm_eps", default: 1e-5)
        parameterEpsilon = className.hasPrefix("Falcon") ? try c.number("mixer_rms_eps", default: 1e-6) : nil
        // A class without a head has no other logits.
        isTied = try c.bool("tie_word_embeddings", default: true) || className.hasSuffix("Model")
        let activation = try c.string("hidden_act", default: "silu")
        guard activation == "silu" else { throw c.unsupported("the activation \(activation.visible)") }
    }

    private static func timeStepRank(_ c: Configuration, _ hiddenSize: Int) throws(ConversionError) -> Int {
        let usual = (hiddenSize + 15) / 16
        if let found = c.find(["time_step_rank", "dt_rank"]), found.value.string == "auto" { return usual }
        return try c.size("time_step_rank", "dt_rank", default: usual)
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("context_length", size: Self.contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: 0)
        keys.set("attention.head_count", size: 0)
        keys.set("block_count", size: layers)
        keys.set("ssm.conv_kernel", size: convolutionWidth)
        keys.set("ssm.inner_size", size: innerSize)
        keys.set("ssm.state_size", size: stateSize)
        keys.set("ssm.time_step_rank", size: timeStepRank)
        keys.set("attention.layer_norm_rms_epsilon", Float(epsilon))
        keys.set("ssm.dt_b_c_rms", parameterEpsilon != nil)
        if let parameterEpsilon { keys.set("ssm.dt_b_c_rms_epsilon", Float(parameterEpsilon)) }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let embedding = t.has("embedding.weight") ? "embedding.weight" : "embeddings.weight"
        try t.add("token_embd.weight", from: embedding, [vocabularySize, hiddenSize])
        for layer in 0..<layers {
            let from = "layers.\(layer)."
            let mixer = from + "mixer."
            let to = "blk.\(layer)."
            try t.norm(to + "attn_norm", from: from + "norm", size: hiddenSize, hasBias: false)
            try t.linear(to + "ssm_in", from: mixer + "in_proj", rows: 2 * innerSize, columns: hiddenSize)
            try t.add(
                to + "ssm_conv1d.weight", from: mixer + "conv1d.weight", [innerSize, 1, convolutionWidth],
                as: [innerSize, convolutionWidth])
            if t.has(mixer + "conv1d.bias") {
                try t.add(to + "ssm_conv1d.bias", from: mixer + "conv1d.bias", [innerSize])
            }
            try t.linear(
                to + "ssm_x", from: mixer + "x_proj", rows: timeStepRank + 2 * stateSize, columns: innerSize)
            try t.linear(to + "ssm_dt", from: mixer + "dt_proj", rows: innerSize, columns: timeStepRank)
            try t.add(to + "ssm_a", from: mixer + "A_log", [innerSize, stateSize], change: .negatedExponential)
            try t.add(to + "ssm_d", from: mixer + "D", [innerSize])
            try t.linear(to + "ssm_out", from: mixer + "out_proj", rows: hiddenSize, columns: innerSize)
        }
        try t.norm("output_norm", from: "norm_f", size: hiddenSize, hasBias: false)
        if isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.add("output.weight", from: "lm_head.weight", [vocabularySize, hiddenSize])
        }
    }
}
