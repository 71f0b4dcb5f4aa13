internal import GGUF
internal import JSON

/// EmbeddingGemma, with the layers that sentence-transformers has behind its pooling.
///
/// Source: `Gemma3TextModel` of `transformers`; llama.cpp's `conversion/gemma.py`.
struct GemmaEmbedding: DecoderFamily {
    static let classes = ["Gemma3TextModel"]
    let architecture = "gemma-embedding"
    let decoder: Decoder
    private let windows: WindowSettings
    private let localRope: RotarySettings
    private var dense: [DenseSettings] = []

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        let gemma = try Gemma3Settings(c, className: className, isBidirectional: true)
        (decoder, windows, localRope) = (gemma.decoder, gemma.windows, gemma.localRope)
        guard try c.number("final_logit_softcapping", default: 0) == 0 else {
            throw c.unsupported("final_logit_softcapping of an embedder")
        }
    }

    mutating func read(_ folder: ModelFolder) throws(ConversionError) {
        dense = try DenseSettings.read(folder)
        guard dense.count <= 2 else {
            throw .unsupported("\(dense.count) Dense modules", path: folder.path("modules.json"))
        }
        if let first = dense.first, first.inputs != decoder.hiddenSize {
            throw .unsupported("a Dense module of \(first.inputs) inputs", path: first.path)
        }
        if dense.count == 2, dense[0].outputs != dense[1].inputs {
            throw .unsupported("Dense modules that do not fit together", path: dense[1].path)
        }
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        windows.describe(&keys)
        keys.set("rope.freq_base_swa", Float(localRope.base))
        keys.set("attention.causal", false)
        for (index, layer) in dense.enumerated() {
            keys.set("dense_\(index + 2)_feat_in", size: layer.inputs)
            keys.set("dense_\(index + 2)_feat_out", size: layer.outputs)
        }
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t)
        for (index, layer) in dense.enumerated() { t.add("dense_\(index + 2).weight", layer) }
    }
}
