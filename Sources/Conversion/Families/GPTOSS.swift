/// gpt-oss. Experts may be stored as four-bit floats, and stay so.
///
/// Source: `GptOssForCausalLM` of `transformers`; llama.cpp's `conversion/gpt_oss.py`.
struct GPTOSS: DecoderFamily {
    static let classes = ["GptOssForCausalLM"]
    let architecture = "gpt-oss"
    let decoder: Decoder
    private let windows: WindowSettings
    private let mixture: MixtureSettings

    var expertCount: Int { mixture.count }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        decoder = try Decoder(
            c, className: className,
            DecoderTraits(
                norms: .beforeAsStored, hasWindows: true, headDimension: 64, contextLength: 131_072))
        // Models of this architecture never round the ramp.
        if case .yarn = decoder.rope.scaling, decoder.rope.roundsRamp { throw c.unsupported("truncate: true of YaRN") }
        if case .llama3 = decoder.rope.scaling { throw c.unsupported("rope scaling of the kind \"llama3\"") }
        for (key, usual) in [("swiglu_alpha", 1.702), ("swiglu_limit", 7)]
        where try c.number(key, default: usual) != usual {
            throw c.unsupported("\(key) other than \(usual)")
        }
        windows = try WindowSettings(
            c, layers: decoder.layers, periodKey: "sliding_window_pattern", usualPeriod: 2, defaultLength: 128)
        var mixture = try MixtureSettings(
            count: c.size("num_local_experts", "num_experts"), used: c.size("num_experts_per_tok"),
            size: decoder.feedForwardSize, c)
        mixture.router = "router"
        mixture.storage = .transposed(
            gateUp: "experts.gate_up_proj", down: "experts.down_proj", alternates: true)
        self.mixture = mixture
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        windows.describe(&keys)
        mixture.describe(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t, mixture: mixture) }
}
