/// Every family there is. A new one is a line here and its file.
package enum Families {
    package static let all: [any ModelFamily.Type] = [
        BART.self,
        BERT.self,
        BailingMoE.self,
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
        Granite.self,
        HunyuanMoE.self,
        JinaBERT2.self,
        Llama.self,
        Llama4.self,
        Mamba.self,
        MiniCPM3.self,
        ModernBERT.self,
        NomicBERT.self,
        OLMo2.self,
        OLMoE.self,
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

    static func named(_ architecture: String) -> (any ModelFamily.Type)? {
        all.first { $0.architectures.contains(architecture) }
    }
}
