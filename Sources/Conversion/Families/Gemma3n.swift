internal import GGUF
internal import JSON

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Gemma 3n, the part that reads text.
///
/// Source: `Gemma3nForCausalLM` and `Gemma3nForConditionalGeneration` of `transformers`; llama.cpp's `conversion/gemma.py`.
struct Gemma3n: DecoderFamily {
    static let classes = ["Gemma3nForCausalLM", "Gemma3nForConditionalGeneration"]
    static let prefixes = GemmaLayers.prefixes
    let architecture = "gemma3n"
    let decoder: GemmaLayers
    private let feedForwardSize: Int
    private let streams: Int
    private let laurelRank: Int
    /// Of each layer, how many standard deviations above its mean a gate opens.
    private let sparsity: [Float]

    init(_ whole: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let text = try whole.object("text_config")
        let c = text ?? whole
        decoder = try GemmaLayers(
            c, heads: 8, keyValueHeads: 2, contextLength: 32_768, usualPeriod: 5, logitCap: 30)
        guard decoder.perLayerSize > 0 else { throw c.wrong("hidden_size_per_layer_input", "more than 0") }
        guard case .none = decoder.rope.scaling else { throw c.unsupported("rope scaling of this class") }
        feedForwardSize = try c.uniformSize("intermediate_size")
        streams = try c.size("altup_num_inputs", default: 4)
        guard try c.index("altup_active_idx", default: 0) == 0 else {
            throw c.unsupported("an altup_active_idx other than 0")
        }
        guard try c.bool("altup_correct_scale", default: true) else {
            throw c.unsupported("altup_correct_scale: false")
        }
        laurelRank = try c.size("laurel_rank", default: 64)
        let layers = decoder.layers
        let shares: [Double]
        if let items = c.find(["activation_sparsity_pattern"])?.value.items {
            let given = items.compactMap(\.double)
            guard items.count == layers, given.count == layers, given.allSatisfy({ (0..<1).contains($0) }) else {
                throw c.wrong(
                    "activation_sparsity_pattern", "a number from 0 on, below 1, for each of \(layers) layers")
            }
            shares = given
        } else {
            shares = (0..<layers).map { layers > 10 && $0 < 10 ? 0.95 : 0 }
        }
        sparsity = shares.map { Float(Self.deviations(above: Double(Float($0)))) }
    }

    /// How many standard deviations above the mean of a normal distribution a share of it lies below; minus infinity for 0.
    private static func deviations(above share: Double) -> Double {
        guard share > 0 else { return -.infinity }
        var (low, high) = (-10.0, 10.0)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if erfc(-middle / 2.0.squareRoot()) / 2 < share { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("feed_forward_length", size: feedForwardSize)
        keys.set("attention.head_count_kv", size: decoder.keyValueHeads)
        keys.set("attention.key_length", size: decoder.headDimension)
        keys.set("attention.value_length", size: decoder.headDimension)
        keys.set("altup.active_idx", size: 0)
        keys.set("altup.num_inputs", size: streams)
        keys.set("activation_sparsity_scale", sparsity)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = decoder.hiddenSize
        try decoder.mapWhole(&t)
        for (name, stored) in [("altup_proj", "altup_projections"), ("altup_unembd_proj", "altup_unembed_projections")]
        {
            try t.add("\(name).weight", joining: (0..<streams - 1).map { "\(stored).\($0).weight" }, [size, size])
        }
        for layer in 0..<decoder.layers {
            try decoder.mapLayer(
                &t, layer, dimension: decoder.headDimension, keyValueHeads: decoder.keyValueHeads,
                feedForwardSize: feedForwardSize)
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            for (name, stored, shape) in [
                ("altup_correct_coef.weight", "altup.correction_coefs.weight", [streams, streams]),
                ("altup_correct_scale.weight", "altup.correct_output_scale", [size]),
                ("altup_predict_coef.weight", "altup.prediction_coefs.weight", [streams * streams, streams]),
                ("altup_router.weight", "altup.modality_router.weight", [streams, size]),
                ("altup_router_norm.weight", "altup.router_norm.weight", [size]),
                ("laurel_l.weight", "laurel.linear_left.weight", [laurelRank, size]),
                ("laurel_r.weight", "laurel.linear_right.weight", [size, laurelRank]),
                ("laurel_post_norm.weight", "laurel.post_laurel_norm.weight", [size]),
            ] {
                try t.add(to + name, from: from + stored, shape)
            }
        }
    }
}
