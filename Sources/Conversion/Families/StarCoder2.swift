internal import GGUF

/// StarCoder 2. Beyond its window a layer sees less than all, which files cannot say: the context ends there.
///
/// Source: `Starcoder2ForCausalLM` of `transformers`; llama.cpp's `conversion/starcoder.py`.
struct StarCoder2: Family {
    static let classes = ["Starcoder2ForCausalLM"]
    static let prefixes = ["model."]
    let architecture = "starcoder2"
    let tokenizer = TokenizerDefaults()
    let layers: Int
    let heads: Int
    let keyValueHeads: Int
    let vocabularySize: Int
    private let hiddenSize: Int
    private let feedForwardSize: Int
    private let contextLength: Int
    private let epsilon: Double
    private let rope: RotarySettings
    private let isTied: Bool

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        layers = try c.size("num_hidden_layers")
        heads = try c.size("num_attention_heads")
        keyValueHeads = try c.size("num_key_value_heads", default: heads)
        vocabularySize = try c.size("vocab_size")
        hiddenSize = try c.size("hidden_size")
        feedForwardSize = try c.size("intermediate_size")
        let length = try c.size("max_position_embeddings", default: 4_096)
        contextLength = c.has("sliding_window") ? min(length, try c.size("sliding_window")) : length
        epsilon = try c.number("norm_epsilon", default: 1e-5)
        rope = try RotarySettings(c)
        isTied = try c.bool("tie_word_embeddings", default: true)
        guard hiddenSize % heads == 0, hiddenSize / heads % 2 == 0 else {
            throw c.wrong("num_attention_heads", "a divisor of \(hiddenSize) that leaves heads of an even size")
        }
        guard heads % keyValueHeads == 0 else { throw c.wrong("num_key_value_heads", "a divisor of \(heads)") }
        try rope.requirePlain(c)
        let activation = try c.string("hidden_act", default: "gelu_pytorch_tanh")
        guard activation == "gelu_pytorch_tanh" else { throw c.unsupported("the activation \(activation.visible)") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("block_count", size: layers)
        keys.set("context_length", size: contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count", size: heads)
        keys.set("attention.head_count_kv", size: keyValueHeads)
        rope.describe(&keys)
        keys.set("attention.layer_norm_epsilon", Float(epsilon))
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let keyValue = keyValueHeads * (hiddenSize / heads)
        try t.add("token_embd.weight", from: "embed_tokens.weight", [vocabularySize, hiddenSize])
        for layer in 0..<layers {
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            try t.norm(to + "attn_norm", from: from + "input_layernorm", size: hiddenSize, hasBias: true)
            for (name, stored, rows) in [
                ("q", "q_proj", hiddenSize), ("k", "k_proj", keyValue), ("v", "v_proj", keyValue),
                ("output", "o_proj", hiddenSize),
            ] {
                try t.linear(
                    "\(to)attn_\(name)", from: "\(from)self_attn.\(stored)", rows: rows, columns: hiddenSize)
            }
            try t.norm(to + "ffn_norm", from: from + "post_attention_layernorm", size: hiddenSize, hasBias: true)
            try t.linear(to + "ffn_up", from: from + "mlp.c_fc", rows: feedForwardSize, columns: hiddenSize)
            try t.linear(to + "ffn_down", from: from + "mlp.c_proj", rows: hiddenSize, columns: feedForwardSize)
        }
        try t.norm("output_norm", from: "norm", size: hiddenSize, hasBias: true)
        if isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.add("output.weight", from: "lm_head.weight", [vocabularySize, hiddenSize])
        }
    }
}
