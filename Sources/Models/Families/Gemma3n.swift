internal import Graph
internal import Tensors

/// Gemma 3n: Gemma 3 with four streams of states, a vector of each token for every layer, a residual of low rank beside
/// attention, sparse gates in the first layers, and caches that the last layers share.
///
/// Source: arXiv:2301.13310 (AltUp); arXiv:2411.07501 (LAuReL); arXiv:2506.06644 (sparse gates); `transformers`'
/// `modeling_gemma3n.py`. Tensors: `token_embd`, `per_layer_token_embd`, `per_layer_model_proj`, `per_layer_proj_norm`,
/// `altup_proj`, `altup_unembd_proj`, `blk.N.*`, `output_norm`.
struct Gemma3n: ModelFamily, NormedTransformer {
    static let architectures = ["gemma3n"]
    let sizes: TransformerSizes
    let norm: Norm
    let rope: RotaryParameters
    let localRope: RotaryParameters
    let windows: SlidingWindows
    let caches: SharedCaches
    let updates: AlternatingUpdates
    let perLayerSize: Int
    /// Of each layer, how many standard deviations above its mean a gate opens; nil: no such threshold.
    let sparsity: [Float?]
    let logitCap: Float?

    init(_ h: Hyperparameters) throws(ModelError) {
        sizes = try TransformerSizes(h)
        let layers = sizes.layers
        try h.checkLayers(layers)
        norm = try Norm(.rms, h)
        let dimension = sizes.heads.keyDimension
        rope = try RotaryParameters(h, headDimension: dimension, pairing: .neox)
        localRope = try RotaryParameters(
            h, headDimension: dimension, pairing: .neox, baseKey: "rope.freq_base_swa", isScaled: false)
        windows = try SlidingWindows(h, layers: layers, defaultPeriod: 5)
        let shared = try h.count("attention.shared_kv_layers", default: max(0, layers - 20))
        guard shared < layers else { throw h.wrong("attention.shared_kv_layers", "\(shared)", "less than \(layers)") }
        caches = try SharedCaches(own: layers - shared, layers: layers, windows, h)
        updates = try AlternatingUpdates(h, hiddenSize: sizes.hiddenSize, norm)
        perLayerSize = try h.positive("embedding_length_per_layer_input", default: 256)
        // Minus infinity: no gate is closed.
        let given = try h.floats("activation_sparsity_scale", layers: layers)
        sparsity = (0..<layers).map { layer in
            let deviations = given.map { $0[layer] } ?? (layer < 10 ? Self.usualSparsity : -.infinity)
            return deviations > -.infinity ? deviations : nil
        }
        logitCap = try h.softcap("final_logit_softcapping", default: 30)
    }

    /// Which 5 % of a normal distribution lie above.
    private static let usualSparsity: Float = 1.6448535

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let embedding = try g.scaledTokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let inputs = try g.perLayerInputs(embedding, norm, w, layers: sizes.layers, size: perLayerSize)
        let rotations = (global: try g.rotation(rope, w), local: try g.rotation(localRope, w))
        var streams = try g.openStreams(embedding, updates, w)  // [tokens, streams * hidden]
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let predictions = try g.predictStreams(streams, updates, w)
            var x = try g.firstStream(predictions, updates, w)  // [tokens, hidden]
            let normed = try g.norm(x, norm, w, "attn_norm")
            let attended = try g.sharedAttention(
                normed, w, sizes.heads, norm, windows.isWindowed(layer) ? rotations.local : rotations.global, caches,
                layer: layer, mask: windows.mask(layer))
            x = try g.add(g.norm(attended, norm, w, "post_attention_norm"), x, w)
            x = g.scale(try g.add(x, laurel(normed, &g, w), w), by: Float(0.5).squareRoot())
            let feedForward = try g.gatedFeedForward(
                g.norm(x, norm, w, "ffn_norm"), w, size: sizes.feedForwardSize, .geluTanh,
                sparsity: sparsity[layer])
            x = try g.add(x, g.norm(feedForward, norm, w, "post_ffw_norm"), w)
            let corrected = try g.correctStreams(predictions, x, updates, w)
            let scaled = try g.scaleColumns(
                g.firstStream(corrected, updates, w), w, "altup_correct_scale.weight")
            let own = try g.perLayerInput(scaled, inputs, norm, w, layer: layer)
            streams = try g.addToOtherStreams(corrected, own, updates, w)
        }
        return try g.closeStreams(streams, updates, w)
    }

    /// `x + laurel_post_norm(laurel_r(laurel_l(x)))`: the shape of `x`.
    private func laurel(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        let left = try g.linear(x, w, "laurel_l", size: nil)
        let right = try g.linear(left, w, "laurel_r", size: sizes.hiddenSize)
        return try g.add(g.norm(right, norm, w, "laurel_post_norm"), x, w)
    }

    func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.softcap(g.nextTokenHead(x, w), logitCap, w)
    }
}
