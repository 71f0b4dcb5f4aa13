import Models
import TestSupport
import Testing

extension DefinitionTests {
    static let linearSizes =
        TinyModel.deltaNets.flatMap { architecture in
            ["conv_kernel", "state_size", "group_count", "time_step_rank", "inner_size"].map {
                (architecture, "ssm.\($0)")
            }
        }
        + TinyModel.rwkv.map { ($0, "wkv.head_size") }
        + ["time_mix_extra_dim", "time_decay_extra_dim"].map { ("rwkv6", $0) }
        + ["decay", "iclr", "value_residual_mix", "gate"].map { ("rwkv7", "attention.\($0)_lora_rank") }

    @Test(arguments: linearSizes)
    func `a size of linear attention that is missing, below 1 or beyond 2³¹ - 1 is named`(
        architecture: String, key: String
    ) throws {
        let name = "\(architecture).\(key)"
        try expect(architecture, .missingKey(name), named: name) { $0.remove(key) }
        for value in [TinyModel.Value.uint32(0), .int32(-1), .uint32(1 << 31), .uint64(1 << 62)] {
            try expect(architecture, .value(key: name), named: name) { $0.set(key, value) }
        }
        // Sizes that tensors do not have.
        for size in [UInt32(6), .max >> 1] where key != "attention.value_residual_mix_lora_rank" {
            #expect(try error(architecture) { $0.set(key, .uint32(size)) } != nil)
        }
    }

    @Test(arguments: TinyModel.deltaNets) func `heads of a delta net divide its columns`(architecture: String) throws {
        for (key, value) in [("ssm.time_step_rank", 3), ("ssm.inner_size", 30)] {
            let name = "\(architecture).\(key)"
            try expect(architecture, .value(key: name), named: name) { $0.set(key, .uint32(UInt32(value))) }
        }
    }

    @Test(arguments: TinyModel.linear)
    func `every tensor of linear attention is needed, but for biases, and has its shape`(architecture: String) throws {
        for tensor in TinyModel(architecture).tensors {
            // Instead of the mixes' one tensor, old files of RWKV-6 have five.
            let isReplaceable = architecture == "rwkv6" && tensor.name.contains("lerp_fused")
            if !isReplaceable, !tensor.name.hasSuffix("_norm.bias"), !tensor.name.hasSuffix("_norm_2.bias") {
                try expect(architecture, .missingTensor(tensor.name), named: tensor.name) {
                    $0.removeTensor(tensor.name)
                }
            }
            let found = try #require(try error(architecture) { $0.setTensor(tensor.name, [7, 7]) })
            #expect(found.description.contains(tensor.name))
        }
    }

    @Test(arguments: TinyModel.deltaNets) func `layers are told apart by a list or by an interval`(
        architecture: String
    ) throws {
        let missing = architecture == "qwen3next" ? "blk.1.ssm_ba.weight" : "blk.1.ssm_alpha.weight"
        try expect(architecture, .missingTensor(missing), named: missing) {
            $0.set("full_attention_interval", .uint32(3))
        }
        let key = "attention.recurrent_layers"
        let same = try error(architecture) {
            $0.set("full_attention_interval", .uint32(3))
            $0.set(key, .bools([true, false]))
        }
        #expect(same == nil)
        try expect(architecture, .value(key: "\(architecture).\(key)"), named: key) { $0.set(key, .bools([true])) }
        try expect(architecture, .value(key: "\(architecture).full_attention_interval"), named: "interval") {
            $0.set("full_attention_interval", .uint32(0))
        }
    }

    @Test func `a delta net in one matrix, as in old files, is refused`() throws {
        let found = try error("qwen3next") { $0.setTensor("blk.0.ssm_in.weight", [32, 96]) }
        #expect(found?.description.contains("blk.0.ssm_in.weight") == true)
        #expect(found?.description.contains("convert the model again") == true)
    }

    @Test func `layers for drafts behind a hybrid's are passed over`() throws {
        #expect(
            try error("qwen35moe") { model in
                model.set("block_count", .uint32(3))
                model.set("nextn_predict_layers", .uint32(1))
                model.set("attention.recurrent_layers", .bools([true, false, false]))
            } == nil)
    }

    @Test func `mixtures of delta nets need no size of a feed-forward`() throws {
        for architecture in ["qwen3next", "qwen35moe"] {
            #expect(try error(architecture) { $0.remove("feed_forward_length") } == nil)
            #expect(try error(architecture) { $0.remove("expert_shared_feed_forward_length") } != nil)
        }
        try expect("qwen35", .missingKey("qwen35.feed_forward_length"), named: "feed_forward_length") {
            $0.remove("feed_forward_length")
        }
    }

    @Test func `RWKV's heads divide its columns, and old files have a tensor for each mix`() throws {
        for architecture in TinyModel.rwkv {
            let name = "\(architecture).wkv.head_size"
            try expect(architecture, .value(key: name), named: name) { $0.set("wkv.head_size", .uint32(12)) }
        }
        let separate = try error("rwkv6") { model in
            model.removeTensor("blk.0.time_mix_lerp_fused.weight")
            for mix in ["w", "k", "v", "r", "g"] { model.setTensor("blk.0.time_mix_lerp_\(mix).weight", [32, 1, 1]) }
        }
        #expect(separate == nil)
    }

    @Test func `a matrix of mixes has its columns in any dimension`() throws {
        #expect(try error("rwkv7") { $0.setTensor("blk.0.time_mix_lerp_fused.weight", [32, 6]) } == nil)
        try expect(
            "rwkv7", .shape("blk.0.time_mix_lerp_fused.weight", expected: [32, 6]), named: "time_mix_lerp_fused"
        ) { $0.setTensor("blk.0.time_mix_lerp_fused.weight", [32, 5]) }
    }
}
