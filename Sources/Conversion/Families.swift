internal import JSON

/// Every family that can be converted. A new one is a line here and its file.
package enum ConvertibleFamilies {
    static let all: [any Family.Type] = [
        ALBERT.self,
        BART.self,
        BERT.self,
        Baichuan.self,
        BailingMoE.self,
        Bloom.self,
        ChatGLM.self,
        CodeShell.self,
        Cohere.self,
        DistilBERT.self,
        ELECTRA.self,
        ERNIE4_5.self,
        ESM.self,
        EXAONE.self,
        EuroBERT.self,
        EXAONE4.self,
        Falcon.self,
        FalconH1.self,
        GLM4.self,
        GPTJ.self,
        GPTNeoX.self,
        RoBERTa.self,
        DeBERTa2.self,
        DeepSeek.self,
        DeepSeek2.self,
        Dots1.self,
        ERNIE45MoE.self,
        GLM4MoE.self,
        GPT2.self,
        GPTOSS.self,
        Gemma.self,
        Gemma2.self,
        Gemma3.self,
        Gemma3n.self,
        Gemma4.self,
        GemmaEmbedding.self,
        Granite.self,
        GraniteHybrid.self,
        HunyuanDense.self,
        InternLM2.self,
        Jamba.self,
        JinaBERT3.self,
        LFM2.self,
        Llama.self,
        MPNet.self,
        MPT.self,
        Mamba.self,
        Mamba2.self,
        MiniCPM.self,
        Mistral3.self,
        Nemotron.self,
        NemotronH.self,
        NeoBERT.self,
        NomicBERT.self,
        OLMo.self,
        OLMo2.self,
        Orion.self,
        Phi2.self,
        HunyuanMoE.self,
        Llama4.self,
        MiniCPM3.self,
        OLMoE.self,
        Phi3.self,
        PhiMoE.self,
        Qwen2.self,
        Qwen2MoE.self,
        Qwen3.self,
        Qwen3MoE.self,
        Qwen3Next.self,
        Qwen35.self,
        RWKV6.self,
        RWKV7.self,
        QwenVL.self,
        SeedOSS.self,
        SmolLM3.self,
        StableLM.self,
        StarCoder.self,
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
