/// What tiny dense decoders have in common, and which norms each has.
extension TinyModel {
    static let denseRMSFamilies = [
        "qwen2vl", "exaone", "seed_oss", "qwen3vl", "internlm2", "xverse", "ernie4_5", "minicpm", "exaone4", "glm4",
        "chatglm", "baichuan", "hunyuan-dense", "mistral3",
    ]
    /// Those that rotate.
    static let denseLayerNormFamilies = [
        "codeshell", "phi2", "gptj", "falcon", "gptneox", "command-r", "cohere2", "nemotron", "orion", "olmo",
    ]
    static let familiesWithoutRotation = ["starcoder", "mpt", "bloom"]
    static let sampled =
        denseRMSFamilies + denseLayerNormFamilies + familiesWithoutRotation + hybrids.filter { $0 != "granitehybrid" }
        + ["qwen35", "qwen35moe"]

    static let fused = ["falcon", "gptneox", "mpt", "bloom", "starcoder", "codeshell", "chatglm"]
    static let ungated = [
        "phi2", "gptj", "falcon", "gptneox", "nemotron", "mpt", "bloom", "starcoder", "codeshell", "glm4", "chatglm",
    ]

    /// Of the whole model.
    var modelNorms: [String] {
        switch architecture {
        case "olmo": []
        case "bloom": ["token_embd_norm", "output_norm"]
        default: ["output_norm"]
        }
    }

    /// Of a layer, without those of query and key.
    var layerNorms: [String] {
        let behind = ["post_attention_norm", "post_ffw_norm"]
        return switch architecture {
        case "olmo": []
        case "olmo2", "exaone4": behind
        case "gemma2", "gemma3", "glm4": ["attn_norm", "ffn_norm"] + behind
        case "phi2", "gptj", "falcon", "command-r", "cohere2": ["attn_norm"]
        case "seed_oss": ["attn_norm", "post_attention_norm"]
        default: ["attn_norm", "ffn_norm"]
        }
    }
}
