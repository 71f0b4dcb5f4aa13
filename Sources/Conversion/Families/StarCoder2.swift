/// StarCoder 2. Beyond its window a layer sees less than all, which files cannot say: the context ends there.
///
/// Source: `Starcoder2ForCausalLM` of `transformers`; llama.cpp's `conversion/starcoder.py`.
struct StarCoder2: DecoderFamily {
    static let classes = ["Starcoder2ForCausalLM"]
    let architecture = "starcoder2"
    let decoder: PlainDecoder
    private let rope: RotarySettings

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = PlainTraits(up: "mlp.c_fc", down: "mlp.c_proj", activations: ["gelu_pytorch_tanh"])
        (traits.contextLength, traits.isTied) = (4_096, true)
        traits.maxContextLength = c.has("sliding_window") ? try c.size("sliding_window") : nil
        decoder = try PlainDecoder(c, className: className, traits)
        rope = try RotarySettings(c)
        try rope.requirePlain(c)
        guard decoder.headDimension % 2 == 0 else { throw c.wrong("num_attention_heads", "heads of an even size") }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys, rope, rotated: decoder.headDimension)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) { try decoder.map(&t) }
}
