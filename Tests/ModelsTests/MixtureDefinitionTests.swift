import TestSupport
import Testing

extension DefinitionTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let architecture: String
        let key: String
        let value: TinyModel.Value

        init(_ architecture: String, _ key: String, _ value: TinyModel.Value) {
            self.architecture = architecture
            self.key = key
            self.value = value
        }

        var testDescription: String { "\(architecture), \(key)" }
    }

    static let mistakes = [
        Mistake("deepseek2", "expert_gating_func", .uint32(5)), Mistake("dots1", "expert_gating_func", .int32(-1)),
        Mistake("deepseek2", "expert_group_used_count", .uint32(0)),
        Mistake("deepseek2", "rope.dimension_count", .uint32(16)),
        Mistake("deepseek2", "attention.kv_lora_rank", .uint32(0)),
        Mistake("deepseek2", "attention.kv_lora_rank", .uint32(UInt32(Int32.max))),
        Mistake("deepseek2", "attention.key_length_mla", .uint32(UInt32(Int32.max))),
        Mistake("minicpm3", "attention.q_lora_rank", .int32(-1)),
        Mistake("deepseek", "expert_shared_count", .uint32(UInt32(Int32.max))),
        Mistake("glm4moe", "nextn_predict_layers", .uint32(1)), Mistake("llama4", "expert_used_count", .uint32(2)),
        Mistake("llama4", "attention.temperature_length", .uint32(0)),
        Mistake("bailingmoe", "expert_weights_scale", .float32(.infinity)),
    ]

    @Test(arguments: mistakes) func `a number that no mixture can have is named`(mistake: Mistake) throws {
        let name = "\(mistake.architecture).\(mistake.key)"
        try expect(mistake.architecture, .value(key: name), named: name) { $0.set(mistake.key, mistake.value) }
    }

    @Test func `groups that experts cannot be divided into are refused`() throws {
        #expect(try error("deepseek2") { $0.set("expert_group_count", .uint32(2)) } != nil)
        #expect(try error("deepseek2") { $0.set("expert_gating_func", .uint32(2)) } != nil)  // no two best of one
        #expect(try error("deepseek2") { $0.set("expert_group_count", .uint32(1)) } == nil)
    }

    @Test func `layers for drafts are passed over`() throws {
        #expect(
            try error("glm4moe") { model in
                model.set("block_count", .uint32(2))
                model.set("nextn_predict_layers", .uint32(1))
            } == nil)
    }

    @Test func `gate and up of all experts may be one tensor`() throws {
        #expect(
            try error("dots1") { model in
                model.removeTensor("blk.0.ffn_gate_exps.weight")
                model.removeTensor("blk.0.ffn_up_exps.weight")
                model.setTensor("blk.0.ffn_gate_up_exps.weight", [32, 64, 3])
            } == nil)
    }
}
