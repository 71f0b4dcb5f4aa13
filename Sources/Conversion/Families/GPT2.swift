/// GPT-2. Its linear layers are stored as `[inputs, outputs]` (`Conv1D`) and written as `[outputs, inputs]`.
///
/// Source: `GPT2LMHeadModel` of `transformers`; llama.cpp's `conversion/gpt2.py`.
struct GPT2: Family {
    static let classes = ["GPT2LMHeadModel", "GPT2Model"]
    static let prefixes = ["transformer."]
    let architecture = "gpt2"
    let layers: Int
    let heads: Int
    let vocabularySize: Int
    let tokenizer = TokenizerDefaults(preTokenizer: "gpt-2")
    private let hiddenSize: Int
    private let feedForwardSize: Int
    private let contextLength: Int
    private let epsilon: Double
    private let isTied: Bool

    var keyValueHeads: Int { heads }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        layers = try c.size("n_layer", "num_hidden_layers")
        heads = try c.size("n_head", "num_attention_heads")
        hiddenSize = try c.size("n_embd", "hidden_size")
        feedForwardSize = try c.size("n_inner", default: 4 * hiddenSize)
        contextLength = try c.size("n_positions", "n_ctx", "max_position_embeddings")
        vocabularySize = try c.size("vocab_size")
        epsilon = try c.number("layer_norm_epsilon", default: 1e-5)
        isTied = try c.bool("tie_word_embeddings", default: true) || className == "GPT2Model"
        guard hiddenSize % heads == 0 else { throw c.wrong("n_head", "a divisor of \(hiddenSize)") }
        let activation = try c.string("activation_function", default: "gelu_new")
        guard ["gelu_new", "gelu_pytorch_tanh"].contains(activation) else {
            throw c.unsupported("the activation \(activation.visible)")
        }
        for (key, usual) in [
            ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false),
        ] {
            guard try c.bool(key, default: usual) == usual else { throw c.unsupported("\(key): \(!usual)") }
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("block_count", size: layers)
        keys.set("context_length", size: contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count", size: heads)
        keys.set("attention.layer_norm_epsilon", Float(epsilon))
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try t.add("token_embd.weight", from: "wte.weight", [vocabularySize, hiddenSize])
        try t.add("position_embd.weight", from: "wpe.weight", [contextLength, hiddenSize])
        for layer in 0..<layers {
            let from = "h.\(layer)."
            let to = "blk.\(layer)."
            try t.norm(to + "attn_norm", from: from + "ln_1", size: hiddenSize, hasBias: true)
            try t.transposedLinear(
                to + "attn_qkv", from: from + "attn.c_attn", rows: 3 * hiddenSize, columns: hiddenSize)
            try t.transposedLinear(
                to + "attn_output", from: from + "attn.c_proj", rows: hiddenSize, columns: hiddenSize)
            try t.norm(to + "ffn_norm", from: from + "ln_2", size: hiddenSize, hasBias: true)
            try t.transposedLinear(to + "ffn_up", from: from + "mlp.c_fc", rows: feedForwardSize, columns: hiddenSize)
            try t.transposedLinear(
                to + "ffn_down", from: from + "mlp.c_proj", rows: hiddenSize, columns: feedForwardSize)
        }
        try t.norm("output_norm", from: "ln_f", size: hiddenSize, hasBias: true)
        if isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.add("output.weight", from: "lm_head.weight", [vocabularySize, hiddenSize])
        }
        // The causal mask, which old checkpoints hold.
        t.leaveOut { $0.hasSuffix(".attn.bias") || $0.hasSuffix(".attn.masked_bias") }
    }
}
