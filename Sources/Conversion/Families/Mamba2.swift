/// Mamba-2 and Codestral Mamba.
///
/// Source: `Mamba2ForCausalLM` of `transformers`; llama.cpp's `conversion/mamba.py`.
struct Mamba2: Family {
    static let classes = ["Mamba2ForCausalLM", "Mamba2Model"]
    static let prefixes = ["model.backbone.", "backbone.", "model."]
    let architecture = "mamba2"
    let layers: Int
    let heads = 0
    let keyValueHeads = 0
    let vocabularySize: Int
    let tokenizer = TokenizerDefaults()
    private let hiddenSize: Int
    private let stateSpace: HeadStateSpaceSettings
    private let epsilon: Double
    private let isTied: Bool

    /// A state space has no longest text.
    private static let contextLength = 1 << 20

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        layers = try c.size("num_hidden_layers", "n_layer")
        hiddenSize = try c.size("hidden_size", "d_model", "dim")
        vocabularySize = try c.size("vocab_size")
        let headSize = try c.size("head_dim", default: 64)
        stateSpace = try HeadStateSpaceSettings(
            heads: c.size("num_heads", default: 128), headSize: headSize,
            stateSize: c.size("state_size", "d_state", default: 128), groups: c.size("n_groups", default: 8),
            convolutionWidth: c.size("conv_kernel", "d_conv", default: 4), c)
        epsilon = try c.number("layer_norm_epsilon", "rms_norm_eps", default: 1e-5)
        // A class without a head has no other logits.
        isTied = try c.bool("tie_word_embeddings", default: false) || className.hasSuffix("Model")
        guard try !c.bool("use_bias", default: false) else { throw c.unsupported("use_bias: true") }
        let activation = try c.string("hidden_act", default: "silu")
        guard activation == "silu" else { throw c.unsupported("the activation \(activation.visible)") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("context_length", size: Self.contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: 0)
        keys.set("attention.head_count", size: 0)
        keys.set("block_count", size: layers)
        stateSpace.describe(&keys)
        keys.set("attention.layer_norm_rms_epsilon", Float(epsilon))
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let embedding = t.has("embedding.weight") ? "embedding.weight" : "embeddings.weight"
        try t.add("token_embd.weight", from: embedding, [vocabularySize, hiddenSize])
        for layer in 0..<layers {
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            try t.norm(to + "attn_norm", from: from + "norm", size: hiddenSize, hasBias: false)
            try stateSpace.map(&t, from: from + "mixer.", to: to, hiddenSize: hiddenSize)
        }
        try t.norm("output_norm", from: "norm_f", size: hiddenSize, hasBias: false)
        if isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.add("output.weight", from: "lm_head.weight", [vocabularySize, hiddenSize])
        }
    }
}
