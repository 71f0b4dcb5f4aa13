import Conversion
import GGUF
import Quantization
import Testing

/// What becomes of the settings of Gemma and of mixtures of experts, and which of them cannot be converted.
@Suite struct DecoderSettingsTests {
    @Test func `Gemma 3 with windows, two rotary bases and norms that hold the 1`() throws {
        let folder = try ModelFolderCopy("gemma3")
        let file = try folder.converted()
        let keys = file.metadata
        #expect(try keys.int("gemma3.context_length") == 64)
        #expect(try keys.int("gemma3.attention.key_length") == 16)
        #expect(try keys.int("gemma3.attention.sliding_window") == 8)
        #expect(try keys.bools("gemma3.attention.sliding_window_pattern") == [true, false, true])
        #expect(try keys.float("gemma3.rope.freq_base") == 1_000)
        #expect(try keys.float("gemma3.rope.freq_base_swa") == 100)
        #expect(try keys.float("gemma3.rope.scaling.factor") == 4)
        #expect(try !keys.bool("tokenizer.ggml.add_space_prefix"))
        let norm = file.floats("output_norm.weight")
        #expect(norm.count == 32 && norm.allSatisfy { $0 > 1.5 && $0 < 2.5 })
    }

    /// The form of the configurations that Gemma 3 was published with.
    @Test func `a model that sees images is converted without them, with what its class assumes`() throws {
        let folder = try ModelFolderCopy("gemma3")
        let whole = try folder.converted()
        try folder.replace("\"architectures\"", by: "\"text_config\": {\"ignored\"", in: "config.json")
        let text = try folder.text("config.json")
        let end = try #require(text.lastIndex(of: "}"))
        try folder.write(
            text[..<end] + "}, \"architectures\": [\"Gemma3ForConditionalGeneration\"]}", as: "config.json")
        let file = try folder.converted()
        #expect(file.tensors.map(\.name) == whole.tensors.map(\.name))
        try folder.replace("\"num_attention_heads\": 4,", by: "", in: "config.json")
        let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
        #expect(error?.description.contains("q_proj") == true)  // eight heads are assumed
    }

    @Test func `old files have a base of their own for layers with a window, and a period`() throws {
        let folder = try ModelFolderCopy("gemma3")
        for (old, new) in [
            ("\"rope_parameters\"", "\"rope_theta\": 500.0, \"rope_local_base_freq\": 50.0, \"ignored\""),
            ("\"layer_types\"", "\"sliding_window_pattern\": 2, \"other\""),
        ] {
            try folder.replace(old, by: new, in: "config.json")
        }
        let keys = try folder.converted().metadata
        #expect(try keys.float("gemma3.rope.freq_base") == 500)
        #expect(try keys.float("gemma3.rope.freq_base_swa") == 50)
        #expect(try keys.bools("gemma3.attention.sliding_window_pattern") == [true, false, true])
        #expect(!keys.contains("gemma3.rope.scaling.factor"))
    }

    @Test func `the usual period is not written`() throws {
        let keys = try ModelFolderCopy("gemma2").converted().metadata
        #expect(!keys.contains("gemma2.attention.sliding_window_pattern"))
        #expect(try keys.float("gemma2.attn_logit_softcapping") == 2)
        #expect(try keys.float("gemma2.final_logit_softcapping") == 4)
    }

    @Test func `experts lie one behind the other`() throws {
        let file = try ModelFolderCopy("qwen2moe").converted(to: .f32)
        #expect(file.tensor(named: "blk.1.ffn_gate_exps.weight")?.dimensions == [32, 24, 3])
        #expect(file.tensor(named: "blk.1.ffn_down_exps.weight")?.dimensions == [24, 32, 3])
        #expect(file.tensor(named: "blk.1.ffn_gate_inp_shexp.weight")?.dimensions == [32])
        #expect(try file.metadata.int("qwen2moe.expert_count") == 3)
        #expect(try file.metadata.int("qwen2moe.expert_shared_feed_forward_length") == 40)
        // Routers are as they were in every type.
        let small = try ModelFolderCopy("mixtral").converted(to: .q8_0)
        #expect(small.tensor(named: "blk.0.ffn_gate_inp.weight")?.type == .F32)
    }

    @Test(arguments: [
        ("gemma3", "\"query_pre_attn_scalar\": 16", "\"query_pre_attn_scalar\": 24", "query_pre_attn_scalar"),
        ("gemma3", "\"attn_logit_softcapping\": null", "\"attn_logit_softcapping\": 50", "attn_logit_softcapping"),
        ("gemma3", "\"use_bidirectional_attention\": false", "\"use_bidirectional_attention\": true", "bidirectional"),
        ("gemma2", "\"sliding_attention\"", "\"chunked_attention\"", "layer_types"),
        ("gemma", "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false", "tie_word_embeddings"),
        ("gemma", "\"gelu_pytorch_tanh\"", "\"relu\"", "relu"),
        ("qwen3moe", "\"norm_topk_prob\": true", "\"norm_topk_prob\": false", "norm_topk_prob"),
        ("qwen2moe", "\"norm_topk_prob\": false", "\"norm_topk_prob\": true", "norm_topk_prob"),
        ("qwen3moe", "\"mlp_only_layers\": []", "\"mlp_only_layers\": [1]", "some of the layers"),
        ("qwen3moe", "\"decoder_sparse_step\": 1", "\"decoder_sparse_step\": 2", "some of the layers"),
        ("mixtral", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 4", "num_experts_per_tok"),
        ("phi3", "\"partial_rotary_factor\": 0.75", "\"partial_rotary_factor\": 0.5", "short_factor"),
        ("phi3", "\"partial_rotary_factor\": 0.75", "\"partial_rotary_factor\": 0.4", "partial_rotary_factor"),
        ("phi3", "\"rope_type\": \"longrope\"", "\"rope_type\": \"linear\", \"factor\": 2.0", "longrope"),
        ("llama", "\"rope_type\"", "\"partial_rotary_factor\": 0.5, \"rope_type\"", "partial_rotary_factor"),
        ("qwen3", "\"rope_theta\"", "\"partial_rotary_factor\": 0.5, \"rope_theta\"", "partial_rotary_factor"),
        (
            "smollm3", "\"no_rope_layers\": [\n    1,\n    1,\n    1,\n    0",
            "\"no_rope_layers\": [\n    1,\n    1,\n    0,\n    1",
            "no_rope_layers"
        ),
        ("granite", "\"logits_scaling\": 0.5", "\"logits_scaling\": 0", "logits_scaling"),
        (
            "olmo3", "\"rope_theta\": 1000.0,\n      \"rope_type\": \"default\"",
            "\"rope_theta\": 10.0,\n      \"rope_type\": \"default\"",
            "layers with a window"
        ),
        ("mixtral", "\"num_local_experts\": 3", "\"num_local_experts\": 2147483647", "block_sparse_moe.gate"),
        ("phi2", "\"qk_layernorm\": false", "\"qk_layernorm\": true", "qk_layernorm"),
        ("phi2", "\"partial_rotary_factor\": 0.5", "\"partial_rotary_factor\": 0.1", "partial_rotary_factor"),
        ("falcon", "\"alibi\": false", "\"alibi\": true", "alibi"),
        ("falcon", "\"parallel_attn\": true", "\"parallel_attn\": false", "parallel_attn"),
        ("falcon-40b", "\"num_kv_heads\": 2", "\"num_kv_heads\": 3", "num_kv_heads"),
        ("gptneox", "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\"", "relu"),
        ("gptj", "\"rotary_dim\": 4", "\"rotary_dim\": 10", "rotary_dim"),
        ("mpt", "\"qk_ln\": false", "\"qk_ln\": true", "qk_ln"),
        ("mpt", "\"softmax_scale\": null", "\"softmax_scale\": 0.5", "softmax_scale"),
        ("mpt", "\"expansion_ratio\": 4", "\"expansion_ratio\": 2147483647", "ffn.up_proj"),
        ("bloom", "_post_layernorm\": false", "_post_layernorm\": true", "post_layernorm"),
        ("starcoder", "\"scale_attn_weights\": true", "\"scale_attn_weights\": false", "scale_attn_weights"),
        ("olmo", "\"clip_qkv\": 0.5", "\"clip_qkv\": -0.5", "clip_qkv"),
        ("hunyuan-dense", "\"alpha\": 50.0", "\"alpha\": 0", "alpha"),
        ("hunyuan-dense", "\"rope_type\": \"dynamic\"", "\"rope_type\": \"sideways\"", "sideways"),
        ("llama-dynamic", "\"factor\": 4.0", "\"factor\": 0.5", "factor"),
        ("baichuan", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 40", "40 layers"),
        ("baichuan", "\"num_key_value_heads\": 4", "\"num_key_value_heads\": 2", "fewer key"),
        ("codeshell", "\"position_embedding_type\": \"rope\"", "\"position_embedding_type\": \"learned\"", "learned"),
        ("chatglm", "\"rmsnorm\": true", "\"rmsnorm\": false", "rmsnorm"),
        ("deepseek", "\"norm_topk_prob\": false", "\"norm_topk_prob\": true", "norm_topk_prob"),
        ("bailingmoe", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 5", "num_experts_per_tok"),
        ("mistral3", "\"mscale\": 1.0", "\"mscale\": 2.0", "mscale"),
        ("mistral3", "\"sliding_window\": null", "\"sliding_window\": 8", "sliding_window"),
        ("qwen2vl", "\"mrope_section\": [\n        1", "\"mrope_section\": [\n        2", "mrope_section"),
        ("minicpm", "\"scale_depth\": 1.4", "\"scale_depth\": 0", "scale_depth"),
        ("minicpm", "\"scale_depth\"", "\"num_experts\": 4, \"scale_depth\"", "experts"),
        ("gpt-oss", "\"truncate\": false", "\"truncate\": true", "truncate"),
        ("gpt-oss", "\"swiglu_limit\": 7.0", "\"swiglu_limit\": 5.0", "swiglu_limit"),
        ("gpt-oss", "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 5", "num_experts_per_tok"),
        ("gpt-oss-mxfp4", "\"hidden_size\": 32", "\"hidden_size\": 24", "embed_tokens"),
        ("deepseek-v2", "\"mscale\": 0.707", "\"mscale\": 1.0", "mscale"),
        ("deepseek-v3", "\"qk_rope_head_dim\": 4", "\"qk_rope_head_dim\": 3", "qk_rope_head_dim"),
        ("minicpm3", "\"scale_emb\": 12", "\"scale_emb\": 10", "scale_emb"),
        ("olmoe", "\"norm_topk_prob\": false", "\"norm_topk_prob\": true", "norm_topk_prob"),
        ("llama4", "\"attn_temperature_tuning\": true", "\"attn_temperature_tuning\": false", "temperature"),
        ("llama4", "\"num_experts_per_tok\": 1", "\"num_experts_per_tok\": 2", "more than one expert"),
    ])
    func `a setting that files cannot say is named`(name: String, old: String, new: String, named: String) throws {
        let folder = try ModelFolderCopy(name)
        try folder.replace(old, by: new, in: "config.json")
        let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
        #expect(error?.description.contains(named) == true, "\(error?.description ?? "")")
    }
}
