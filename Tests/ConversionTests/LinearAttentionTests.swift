import Conversion
import GGUF
import Quantization
import Swiftlet
import Testing

/// What becomes of the settings and tensors of models with linear attention, and which of them cannot be converted.
@Suite struct LinearAttentionTests {
    @Test func `a delta net's sizes, the layers that attend, and norms that hold the 1`() throws {
        let file = try ModelFolderCopy("qwen35").converted()
        let keys = file.metadata
        #expect(try keys.int("qwen35.ssm.state_size") == 8 && keys.int("qwen35.ssm.inner_size") == 48)
        #expect(try keys.int("qwen35.ssm.group_count") == 2 && keys.int("qwen35.ssm.time_step_rank") == 6)
        #expect(try keys.int("qwen35.ssm.conv_kernel") == 4 && keys.int("qwen35.full_attention_interval") == 2)
        #expect(try keys.int("qwen35.rope.dimension_count") == 4)
        #expect(try keys.ints("qwen35.rope.dimension_sections") == [1, 1, 0, 0])
        #expect(try keys.string("tokenizer.ggml.pre") == "qwen35")
        #expect(file.tensor(named: "blk.0.ssm_a")?.type == .F32 && file.tensor(named: "blk.1.ssm_a") == nil)
        #expect(file.floats("blk.0.ssm_a").allSatisfy { $0 < 0 })
        for name in ["output_norm", "blk.1.attn_q_norm", "blk.0.ssm_norm"] {
            #expect(file.floats("\(name).weight").allSatisfy { $0 > 0.5 && $0 < 1.5 }, "\(name)")
        }
    }

    @Test func `layers without a period are a list`() throws {
        let keys = try ModelFolderCopy("qwen35moe").converted().metadata
        #expect(try keys.bools("qwen35moe.attention.recurrent_layers") == [false, true])
        #expect(!keys.contains("qwen35moe.full_attention_interval"))
        #expect(try keys.int("qwen35moe.expert_shared_feed_forward_length") == 40)
    }

    @Test func `layers by an interval, and layers for drafts, which are left out`() throws {
        let folder = try ModelFolderCopy("qwen3next")
        let whole = try folder.converted()
        try folder.replace(
            "\"layer_types\"", by: "\"full_attention_interval\": 2, \"other\"", in: "config.json")
        let file = try folder.converted()
        #expect(file.tensors.map(\.name) == whole.tensors.map(\.name))
        #expect(try file.metadata.int("qwen3next.full_attention_interval") == 2)
    }

    @Test(arguments: [
        ("\"linear_num_value_heads\": 6", "\"linear_num_value_heads\": 5", "linear_num_value_heads"),
        ("\"linear_key_head_dim\": 8", "\"linear_key_head_dim\": 2147483647", "heads whose columns"),
        ("\"linear_key_head_dim\": 8", "\"linear_key_head_dim\": 16", "in_proj"),
        ("\"full_attention\"", "\"sparse_attention\"", "layer_types"),
        ("\"partial_rotary_factor\": 0.25", "\"partial_rotary_factor\": 0.2", "partial_rotary_factor"),
    ])
    func `a setting that no delta net can have is named`(old: String, new: String, named: String) throws {
        for name in ["qwen3next", "qwen35"] {
            let folder = try ModelFolderCopy(name)
            try folder.replace(old, by: new, in: "config.json")
            let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
            #expect(error?.description.contains(named) == true, "\(error?.description ?? "")")
        }
    }

    @Test(arguments: [
        "1 'a'", "x 'a' 1", "1 a 1", "1 'a' 2", "1 '\\q' 1", "1 b'\\u0041' 1", "1 b'\\x4' 1", "1 '\\ud800' 3", "1 'a 1",
        "400 'a' 1", "0 'a' 1",
    ])
    func `a line that is no token of RWKV's is named`(line: String) throws {
        let folder = try ModelFolderCopy("rwkv7")
        try folder.write(line + "\n", as: "rwkv_vocab_v20230424.txt")
        let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
        #expect(error?.description.contains("rwkv_vocab_v20230424.txt") == true)
    }

    @Test func `tokens of RWKV are bytes, whatever Python writes for them`() throws {
        let folder = try ModelFolderCopy("rwkv7")
        let lines = ["1 'a\\'\"' 3", "2 '\\u4e2d\\U0001f642' 7", "3 b'\\xff\\\\' 2", "4 \"it's\" 4", "5 '\\t\\n\\r' 3"]
        try folder.write(lines.joined(separator: "\r\n"), as: "rwkv_vocab_v20230424.txt")
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        #expect(model.tokenize("中🙂it'sa'\"\t\n\r", addSpecial: false) == [2, 4, 1, 5])
    }

    @Test func `what a halved stream is written into is halved, too`() throws {
        let halved = try ModelFolderCopy("rwkv6").converted()
        let folder = try ModelFolderCopy("rwkv6")
        try folder.replace("\"rescale_every\": 2", by: "\"rescale_every\": 0", in: "config.json")
        let plain = try folder.converted()
        for name in ["time_mix_output", "channel_mix_value"] {
            #expect(halved.floats("blk.1.\(name).weight") == plain.floats("blk.1.\(name).weight"))
            #expect(halved.floats("blk.2.\(name).weight") == plain.floats("blk.2.\(name).weight").map { $0 / 2 })
        }
        try folder.replace("\"rescale_every\": 0", by: "\"rescale_every\": -1", in: "config.json")
        let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
        #expect(error?.description.contains("rescale_every") == true)
    }
}
