internal import GGUF
internal import JSON

/// What Gemma 3n and Gemma 4 have in common: vectors of each token for every layer, caches that the last layers share, and
/// two kinds of layers, each with its rotary base.
struct GemmaLayers: DecoderSizes {
    let layers: Int
    let hiddenSize: Int
    let heads: Int
    let keyValueHeads: Int
    /// Of layers with a window.
    let headDimension: Int
    let vocabularySize: Int
    let contextLength: Int
    let epsilon: Double
    let windows: WindowSettings
    let rope: RotarySettings
    let localRope: RotarySettings
    /// The last layers that have no keys and values of their own.
    let shared: Int
    /// Columns of a layer's vector; 0: there are none.
    let perLayerSize: Int
    /// Rows of their table.
    private let perLayerRows: Int
    /// 0: none.
    private let logitCap: Double

    /// Names that wholes of several modalities put in front of the text's.
    static let prefixes = ["model.language_model.", "language_model.model.", "language_model.", "model."]

    init(
        _ c: Configuration, heads defaultHeads: Int, keyValueHeads defaultKeyValueHeads: Int, contextLength: Int,
        usualPeriod: Int, logitCap: Double
    ) throws(ConversionError) {
        layers = try c.size("num_hidden_layers")
        hiddenSize = try c.size("hidden_size")
        heads = try c.size("num_attention_heads", default: defaultHeads)
        keyValueHeads = try c.size("num_key_value_heads", default: defaultKeyValueHeads)
        headDimension = try c.size("head_dim", default: 256)
        vocabularySize = try c.size("vocab_size", default: 262_144)
        self.contextLength = try c.size("max_position_embeddings", default: contextLength)
        epsilon = try c.number("rms_norm_eps", default: 1e-6)
        windows = try WindowSettings(
            c, layers: layers, periodKey: "sliding_window_pattern", usualPeriod: usualPeriod, defaultLength: 512)
        let kinds = try c.object("rope_parameters")
        let full = if let kinds { try kinds.object("full_attention") } else { try c.object("rope_scaling") }
        let local: Configuration? = if let kinds { try kinds.object("sliding_attention") } else { nil }
        rope = try RotarySettings(c, full, defaultBase: 1_000_000, knowsProportional: true)
        localRope = try RotarySettings(c, local, baseKey: "rope_local_base_freq")
        shared = try c.index("num_kv_shared_layers", default: 0)
        perLayerSize = try c.index("hidden_size_per_layer_input", default: 256)
        perLayerRows = try c.size("vocab_size_per_layer_input", default: vocabularySize)
        self.logitCap = try c.number("final_logit_softcapping", default: logitCap)
        try check(c)
    }

    private func check(_ c: Configuration) throws(ConversionError) {
        guard heads % keyValueHeads == 0 else { throw c.wrong("num_key_value_heads", "a divisor of \(heads)") }
        guard headDimension % 2 == 0 else { throw c.wrong("head_dim", "an even number") }
        guard shared < layers else { throw c.wrong("num_kv_shared_layers", "less than \(layers)") }
        guard perLayerSize == 0 || perLayerRows <= vocabularySize else {
            throw c.wrong("vocab_size_per_layer_input", "at most \(vocabularySize)")
        }
        guard case .none = localRope.scaling, localRope.rotatedShare == 1 else {
            throw c.unsupported("rope scaling of layers with a window")
        }
        let activation = try c.string("hidden_activation", default: "gelu_pytorch_tanh")
        guard activation == "gelu_pytorch_tanh" else {
            throw c.unsupported("the activation \(activation.visible)")
        }
        guard try c.bool("tie_word_embeddings", default: true) else {
            throw c.unsupported("tie_word_embeddings: false")
        }
        if try c.bool("attention_bias", default: false) { throw c.unsupported("attention_bias") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("block_count", size: layers)
        keys.set("context_length", size: contextLength)
        keys.set("embedding_length", size: hiddenSize)
        keys.set("attention.head_count", size: heads)
        keys.set("attention.layer_norm_rms_epsilon", Float(epsilon))
        rope.describe(&keys)
        keys.set("rope.freq_base_swa", Float(localRope.base))
        keys.set("attention.sliding_window", size: windows.length)
        keys.set("attention.sliding_window_pattern", windows.flags)
        keys.set("attention.shared_kv_layers", size: shared)
        keys.set("embedding_length_per_layer_input", size: perLayerSize)
        // Also where there is none, as llama.cpp takes 30 then.
        keys.set("final_logit_softcapping", Float(logitCap))
    }

    /// Whether a layer has keys and values of its own.
    func hasKeys(_ layer: Int) -> Bool { layer < layers - shared }

    /// The tensors that are of no layer.
    func mapWhole(_ t: inout TensorMap) throws(ConversionError) {
        try t.add("token_embd.weight", from: "embed_tokens.weight", [vocabularySize, hiddenSize])
        if perLayerSize > 0 {
            let columns = layers * perLayerSize
            // An id beyond the table has the first row.
            try t.add(
                "per_layer_token_embd.weight", from: "embed_tokens_per_layer.weight", [perLayerRows, columns],
                order: perLayerRows < vocabularySize
                    ? .repeatingFirst(from: perLayerRows, to: vocabularySize) : .stored)
            try t.add(
                "per_layer_model_proj.weight", from: "per_layer_model_projection.weight", [columns, hiddenSize])
            try t.add("per_layer_proj_norm.weight", from: "per_layer_projection_norm.weight", [perLayerSize])
        }
        try t.add("output_norm.weight", from: "norm.weight", [hiddenSize])
        t.leaveOut { name in
            name == "lm_head.weight" || name.hasSuffix(".rotary_emb.inv_freq")
                || ["vision_tower.", "audio_tower.", "embed_vision.", "embed_audio."].contains { name.hasPrefix($0) }
        }
    }

    /// A layer's attention, feed-forward and vector.
    ///
    /// - Parameters:
    ///   - dimension: of a head.
    ///   - hasValues: whether values have a matrix of their own.
    func mapLayer(
        _ t: inout TensorMap, _ layer: Int, dimension: Int, keyValueHeads: Int, hasValues: Bool = true,
        feedForwardSize: Int
    ) throws(ConversionError) {
        let from = "layers.\(layer)."
        let to = "blk.\(layer)."
        for (written, stored) in DecoderTraits.Norms.around.names {
            try t.add("\(to)\(written).weight", from: "\(from)\(stored).weight", [hiddenSize])
        }
        let (query, keyValue) = (heads * dimension, keyValueHeads * dimension)
        try t.linear(to + "attn_q", from: from + "self_attn.q_proj", rows: query, columns: hiddenSize)
        try t.add(to + "attn_q_norm.weight", from: from + "self_attn.q_norm.weight", [dimension])
        if hasKeys(layer) {
            try t.linear(to + "attn_k", from: from + "self_attn.k_proj", rows: keyValue, columns: hiddenSize)
            try t.add(to + "attn_k_norm.weight", from: from + "self_attn.k_norm.weight", [dimension])
            if hasValues {
                try t.linear(to + "attn_v", from: from + "self_attn.v_proj", rows: keyValue, columns: hiddenSize)
            }
        } else {
            // Files may have them, and nothing reads them.
            let unused = ["k_proj", "v_proj", "k_norm"].map { "\(from)self_attn.\($0)." }
            t.leaveOut { name in unused.contains { name.hasPrefix($0) } }
        }
        try t.linear(to + "attn_output", from: from + "self_attn.o_proj", rows: hiddenSize, columns: query)
        try t.linear(to + "ffn_gate", from: from + "mlp.gate_proj", rows: feedForwardSize, columns: hiddenSize)
        try t.linear(to + "ffn_up", from: from + "mlp.up_proj", rows: feedForwardSize, columns: hiddenSize)
        try t.linear(to + "ffn_down", from: from + "mlp.down_proj", rows: hiddenSize, columns: feedForwardSize)
        guard perLayerSize > 0 else { return }
        try t.linear(to + "inp_gate", from: from + "per_layer_input_gate", rows: perLayerSize, columns: hiddenSize)
        try t.linear(to + "proj", from: from + "per_layer_projection", rows: hiddenSize, columns: perLayerSize)
        try t.add(to + "post_norm.weight", from: from + "post_per_layer_input_norm.weight", [hiddenSize])
    }
}
