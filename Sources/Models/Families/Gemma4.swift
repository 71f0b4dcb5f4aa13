internal import Graph
internal import Tensors

/// Gemma 4, the part that reads text: Gemma 3 with scores that are not scaled, normalized values, heads of another size in
/// layers with a window, and of some sizes a vector of each token for every layer, caches that the last layers share, or
/// experts beside the feed-forward.
///
/// Source: `transformers`' `modeling_gemma4.py`. Tensors: `token_embd`, `blk.N.*` (``SharedCaches``, ``PerLayerInputs``) with
/// `layer_output_scale`, `rope_freqs` of layers without a window, `output_norm`.
struct Gemma4: ModelFamily, NormedTransformer {
    static let architectures = ["gemma4"]
    let sizes: TransformerSizes
    /// Of each layer.
    let layers: [TransformerSizes]
    let norm: Norm
    let rope: RotaryParameters
    let localRope: RotaryParameters
    let windows: SlidingWindows
    let caches: SharedCaches
    /// 0: layers take no vectors of their own.
    let perLayerSize: Int
    /// Nil: no layer has experts.
    let experts: ExpertParameters?
    let logitCap: Float?

    init(_ h: Hyperparameters) throws(ModelError) {
        let first = h.layer(0)
        sizes = try TransformerSizes(first)
        let count = sizes.layers
        try h.checkLayers(count)
        norm = try Norm(.rms, h)
        let windows = try SlidingWindows(h, layers: count, defaultPeriod: 6)
        self.windows = windows
        var layers: [TransformerSizes] = []
        for layer in 0..<count {
            layers.append(try TransformerSizes(h.layer(layer), lengthSuffix: windows.isWindowed(layer) ? "_swa" : ""))
        }
        self.layers = layers
        let global = (0..<count).first { !windows.isWindowed($0) } ?? 0
        let local = (0..<count).first { windows.isWindowed($0) } ?? 0
        rope = try RotaryParameters(h, headDimension: layers[global].heads.keyDimension, pairing: .neox)
        localRope = try RotaryParameters(
            h, headDimension: layers[local].heads.keyDimension, pairing: .neox, countKey: "rope.dimension_count_swa",
            baseKey: "rope.freq_base_swa", isScaled: false)
        let shared = try h.count("attention.shared_kv_layers", default: 0)
        guard shared < count else { throw h.wrong("attention.shared_kv_layers", "\(shared)", "less than \(count)") }
        caches = try SharedCaches(own: count - shared, layers: count, windows, h)
        perLayerSize = try h.count("embedding_length_per_layer_input", default: 0)
        let hasExperts = try h.count("expert_count", default: 0) > 0
        var experts = hasExperts ? try ExpertParameters(first, .softmax, isNormalized: true) : nil
        experts?.activation = .plain(.geluTanh)
        self.experts = experts
        logitCap = try h.softcap("final_logit_softcapping", default: 0)
    }

    func build(_ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        var x = try g.scaledTokenEmbedding(w, hiddenSize: sizes.hiddenSize)  // [tokens, hidden]
        let inputs =
            perLayerSize == 0 ? nil : try g.perLayerInputs(x, norm, w, layers: sizes.layers, size: perLayerSize)
        let rotations = (
            global: try g.rotation(rope, w), local: try g.rotation(localRope, w, hasFactors: false)
        )
        for layer in 0..<sizes.layers {
            let w = w.scoped("blk.\(layer)")
            let attended = try g.sharedAttention(
                g.norm(x, norm, w, "attn_norm"), w, layers[layer].heads, norm,
                windows.isWindowed(layer) ? rotations.local : rotations.global, caches, layer: layer,
                mask: windows.mask(layer))
            x = try g.add(x, g.norm(attended, norm, w, "post_attention_norm"), w)
            let feedForward = try feedForward(x, &g, w, size: layers[layer].feedForwardSize)
            x = try g.add(x, g.norm(feedForward, norm, w, "post_ffw_norm"), w)
            if let inputs { x = try g.add(x, g.perLayerInput(x, inputs, norm, w, layer: layer), w) }
            if let factor = try w.optionalVector("layer_output_scale.weight", count: 1) {
                x = g.scale(x, by: factor.vector[0])
            }
        }
        return x
    }

    /// The feed-forward, and where the layer has some the experts beside it, whose router reads the state itself: the shape
    /// of `x`.
    private func feedForward(
        _ x: Node, _ g: inout GraphBuilder, _ w: TensorScope, size: Int
    ) throws(ModelError) -> Node {
        let dense = try g.gatedFeedForward(g.norm(x, norm, w, "ffn_norm"), w, size: size, .geluTanh)
        guard let experts, w.has("ffn_gate_inp.weight") else { return dense }
        let unit = g.scale(try g.norm(x, norm, w), by: 1 / Float(sizes.hiddenSize).squareRoot())
        let logits = try g.linear(
            g.scaleColumns(unit, w, "ffn_gate_inp.scale"), w, "ffn_gate_inp", size: experts.count)
        let routed = try g.experts(g.norm(x, norm, w, "pre_ffw_norm_2"), w, experts, logits: logits)
        return try g.add(
            g.norm(dense, norm, w, "post_ffw_norm_1"), g.norm(routed, norm, w, "post_ffw_norm_2"), w)
    }

    func logits(_ x: Node, _ g: inout GraphBuilder, _ w: TensorScope) throws(ModelError) -> Node {
        try g.softcap(g.nextTokenHead(x, w), logitCap, w)
    }
}
