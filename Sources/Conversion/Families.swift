internal import JSON

/// Every family that can be converted. A new one is a line here and its file.
package enum ConvertibleFamilies {
    static let all: [any Family.Type] = [
        BART.self,
        BERT.self,
        DistilBERT.self,
        RoBERTa.self,
        DeepSeek2.self,
        Dots1.self,
        ERNIE45MoE.self,
        GLM4MoE.self,
        GPT2.self,
        GPTOSS.self,
        Gemma.self,
        Gemma2.self,
        Gemma3.self,
        Granite.self,
        HunyuanMoE.self,
        Llama.self,
        Llama4.self,
        Mamba.self,
        MiniCPM3.self,
        OLMo2.self,
        OLMoE.self,
        Phi3.self,
        PhiMoE.self,
        Qwen2.self,
        Qwen2MoE.self,
        Qwen3.self,
        Qwen3MoE.self,
        SmolLM3.self,
        StarCoder2.self,
        T5.self,
        Whisper.self,
    ]

    /// The classes that can be converted, as `config.json` names them.
    package static var classes: [String] { all.flatMap { $0.classes } }

    /// - Throws: ``ConversionError`` when the configuration names no class, or none that is known.
    static func family(
        for c: Configuration, keepsHeads: Bool
    ) throws(ConversionError) -> any Family {
        guard let names = c.value["architectures"]?.items, let name = names.first?.string else {
            throw c.wrong("architectures", "an array with the name of the model's class")
        }
        guard let type = all.first(where: { $0.classes.contains(name) }) else {
            throw .unknownArchitecture(name, known: classes, path: c.path)
        }
        return try type.init(c, className: name, keepsHeads: keepsHeads)
    }
}
