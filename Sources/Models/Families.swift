/// Every family there is. A new one is a line here and its file.
package enum Families {
    package static let all: [any ModelFamily.Type] = [
        ALBERT.self,
        BART.self,
        BERT.self,
        Baichuan.self,
        BailingMoE.self,
        Bloom.self,
        Cohere.self,
        DeBERTa2.self,
        DeepSeek.self,
        DeepSeek2.self,
        Dots1.self,
        ERNIE45MoE.self,
        ELECTRA.self,
        ESM.self,
        EXAONE4.self,
        EuroBERT.self,
        Falcon.self,
        GLM4.self,
        GLM4MoE.self,
        GPT2.self,
        GPTNeoX.self,
        GPTOSS.self,
        Gemma.self,
        Gemma2.self,
        Gemma3.self,
        Gemma3n.self,
        Gemma4.self,
        GemmaEmbedding.self,
        Granite.self,
        HunyuanDense.self,
        HunyuanMoE.self,
        JinaBERT2.self,
        JinaBERT3.self,
        Llama.self,
        Llama4.self,
        MPNet.self,
        MPT.self,
        Mamba.self,
        MiniCPM3.self,
        Mistral3.self,
        ModernBERT.self,
        Nemotron.self,
        NeoBERT.self,
        NomicBERT.self,
        OLMo.self,
        OLMo2.self,
        OLMoE.self,
        Orion.self,
        Phi2.self,
        Phi3.self,
        PhiMoE.self,
        Qwen2.self,
        Qwen2MoE.self,
        Qwen3.self,
        Qwen3MoE.self,
        SmolLM3.self,
        StableLM.self,
        StarCoder2.self,
        T5.self,
        Whisper.self,
    ]

    /// The values of `general.architecture` that some family serves.
    package static var architectures: [String] { all.flatMap { $0.architectures } }

    /// What models of an architecture do; nil for one that no family serves.
    package static func kind(of architecture: String) -> ModelKind? { named(architecture)?.kind(of: architecture) }

    static func named(_ architecture: String) -> (any ModelFamily.Type)? {
        all.first { $0.architectures.contains(architecture) }
    }
}
