import TestSupport
import Testing

extension DefinitionTests {
    @Test(arguments: ["llama", "qwen2", "olmo2"]) func `YaRN reads a factor, a context and what multiplies both tables`(
        architecture: String
    ) throws {
        func change(_ model: inout TinyModel) {
            model.set("rope.scaling.type", .string("yarn"))
            model.set("rope.scaling.factor", .float32(4))
        }
        #expect(try error(architecture, change) == nil)
        let context = "\(architecture).rope.scaling.original_context_length"
        for value in [0, 1 << 31] as [UInt32] {
            try expect(architecture, .value(key: context), named: context) {
                change(&$0)
                $0.set("rope.scaling.original_context_length", .uint32(value))
            }
        }
        let factor = "\(architecture).rope.scaling.attn_factor"
        for value in [-1, Float.nan] {
            try expect(architecture, .value(key: factor), named: factor) {
                change(&$0)
                $0.set("rope.scaling.attn_factor", .float32(value))
            }
        }
        try expect(architecture, .graph, named: "YaRN") {
            change(&$0)
            $0.set("rope.freq_base", .float32(1))
        }
    }

    @Test func `long and short factors come in pairs, one for each pair of columns`() throws {
        #expect(
            try error("phi3") {
                $0.setTensor("rope_factors_long.weight", [8])
                $0.setTensor("rope_factors_short.weight", [8])
            } == nil)
        try expect("phi3", .missingTensor("rope_factors_short.weight"), named: "rope_factors_short") {
            $0.setTensor("rope_factors_long.weight", [8])
        }
        try expect("phi3", .shape("rope_factors_long.weight", expected: [8]), named: "rope_factors_long") {
            $0.setTensor("rope_factors_long.weight", [16])
        }
    }

    @Test func `Granite without rope, and with numbers that scale`() throws {
        #expect(try error("granite") { $0.set("rope.scaling.finetuned", .bool(false)) } == nil)
        for key in ["embedding_scale", "residual_scale", "logit_scale"] {
            let name = "granite.\(key)"
            for value in [-1, Float.nan] {
                try expect("granite", .value(key: name), named: name) { $0.set(key, .float32(value)) }
            }
            try expect("granite", .wrongType(name), named: name) { $0.set(key, .string("2")) }
        }
    }

    @Test func `StableLM with a norm's row for each head`() throws {
        func change(_ model: inout TinyModel) {
            model.setTensor("blk.0.attn_q_norm.weight", [16, 2])
            model.setTensor("blk.0.attn_k_norm.weight", [16, 1])
        }
        #expect(try error("stablelm", change) == nil)
        let name = "blk.0.attn_q_norm.weight"
        try expect("stablelm", .shape(name, expected: [16, 2]), named: name) {
            change(&$0)
            $0.setTensor(name, [16, 3])
        }
    }
}
