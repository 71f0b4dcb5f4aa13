import TestSupport
import Testing

extension DefinitionTests {
    /// Llama's files have experts where they say so.
    private func mixtral(_ change: @escaping (inout TinyModel) -> Void) -> (inout TinyModel) -> Void {
        { model in
            model.addExperts()
            model.addExpertTensors()
            for name in ["gate", "up", "down"] { model.removeTensor("blk.0.ffn_\(name).weight") }
            change(&model)
        }
    }

    @Test func `Llama with experts, as wide as its feed-forward where the file does not say`() throws {
        #expect(try error("llama", mixtral { _ in }) == nil)
        #expect(try error("llama", mixtral { $0.remove("expert_feed_forward_length") }) == nil)
        #expect(try error("llama") { $0.set("expert_count", .uint32(0)) } == nil)
        try expect("llama", .missingTensor("blk.0.ffn_gate_inp.weight"), named: "ffn_gate_inp") {
            $0.addExperts()
        }
    }

    @Test func `experts in tensors of their own are named`() throws {
        let what = "experts in tensors of their own, as in blk.0.ffn_gate.0.weight: convert the model again"
        try expect(
            "llama", .unsupported(what), named: "blk.0.ffn_gate.0.weight",
            mixtral { $0.setTensor("blk.0.ffn_gate.0.weight", [32, 32]) })
    }

    @Test(arguments: TinyModel.mixtures) func `numbers of experts are counts that fit each other`(
        architecture: String
    ) throws {
        for key in ["expert_count", "expert_used_count"] {
            let name = "\(architecture).\(key)"
            try expect(architecture, .missingKey(name), named: name) { $0.remove(key) }
            for value in [TinyModel.Value.uint32(0), .int32(-1), .uint32(1 << 31)] {
                try expect(architecture, .value(key: name), named: name) { $0.set(key, value) }
            }
        }
        let used = "\(architecture).expert_used_count"
        try expect(architecture, .value(key: used), named: used) { $0.set("expert_used_count", .uint32(4)) }
        let gate = "blk.0.ffn_gate_inp.weight"
        try expect(architecture, .shape(gate, expected: [32, 4]), named: gate) { $0.set("expert_count", .uint32(4)) }
    }

    @Test(arguments: TinyModel.mixtures) func `an expert's size is the file's, or a share of the feed-forward's`(
        architecture: String
    ) throws {
        #expect(
            try error(architecture) {
                $0.set("feed_forward_length", .uint32(64))
                $0.remove("expert_feed_forward_length")
            } == nil)
        let gate = "blk.0.ffn_gate_exps.weight"
        try expect(architecture, .shape(gate, expected: [32, 24, 3]), named: gate) {
            $0.set("expert_feed_forward_length", .uint32(24))
        }
        let name = "\(architecture).expert_weights_scale"
        try expect(architecture, .value(key: name), named: name) { $0.set("expert_weights_scale", .float32(.nan)) }
    }

    @Test func `a single expert may have a matrix of two dimensions`() throws {
        #expect(
            try error("qwen3moe") { model in
                model.set("expert_count", .uint32(1))
                model.set("expert_used_count", .uint32(1))
                model.setTensor("blk.0.ffn_gate_inp.weight", [32, 1])
                for name in ["gate", "up", "down"] { model.setTensor("blk.0.ffn_\(name)_exps.weight", [32, 32]) }
            } == nil)
    }
}
