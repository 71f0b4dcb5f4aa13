import TestSupport
import Testing

extension DefinitionTests {
    @Test(arguments: ["cohere2", "exaone4"]) func `layers with a window rotate, the others do not`(
        architecture: String
    ) throws {
        func change(_ model: inout TinyModel) { model.set("attention.sliding_window", .uint32(4)) }
        #expect(try error(architecture, change) == nil)
        let pattern = "attention.sliding_window_pattern"
        #expect(
            try error(architecture) {
                change(&$0)
                $0.set(pattern, .bools([false]))
            } == nil)
        try expect(architecture, .value(key: "\(architecture).\(pattern)"), named: pattern) {
            change(&$0)
            $0.set(pattern, .bools([false, true]))
        }
    }

    @Test(arguments: ["command-r", "cohere2"]) func `logits have a scale`(architecture: String) throws {
        let name = "\(architecture).logit_scale"
        try expect(architecture, .missingKey(name), named: name) { $0.remove("logit_scale") }
        try expect(architecture, .value(key: name), named: name) { $0.set("logit_scale", .float32(.nan)) }
    }

    @Test func `Command R+ has a norm's row for each head`() throws {
        func change(_ model: inout TinyModel) {
            model.setTensor("blk.0.attn_q_norm.weight", [16, 2])
            model.setTensor("blk.0.attn_k_norm.weight", [16, 1])
        }
        #expect(try error("command-r", change) == nil)
        try expect("command-r", .shape("blk.0.attn_q_norm.weight", expected: [16, 2]), named: "attn_q_norm") {
            change(&$0)
            $0.setTensor("blk.0.attn_q_norm.weight", [16])
        }
    }

    @Test func `Falcon 40B has a second norm, of the first's size`() throws {
        let name = "blk.0.attn_norm_2.weight"
        #expect(try error("falcon") { $0.setTensor(name, [32]) } == nil)
        try expect("falcon", .shape(name, expected: [32]), named: name) { $0.setTensor(name, [31]) }
    }

    @Test(arguments: ["mpt", "olmo"]) func `bounds of queries, keys and values are from 0 up`(
        architecture: String
    ) throws {
        #expect(try error(architecture) { $0.set("attention.clamp_kqv", .float32(8)) } == nil)
        let name = "\(architecture).attention.clamp_kqv"
        for value in [-1, Float.infinity] {
            try expect(architecture, .value(key: name), named: name) {
                $0.set("attention.clamp_kqv", .float32(value))
            }
        }
    }

    @Test func `MPT knows positions by ALiBi or by a table`() throws {
        let key = "attention.max_alibi_bias"
        #expect(
            try error("mpt") {
                $0.set(key, .float32(8))
                $0.removeTensor("position_embd.weight")
            } == nil)
        try expect("mpt", .missingTensor("position_embd.weight"), named: "position_embd.weight") {
            $0.set(key, .float32(0))
            $0.removeTensor("position_embd.weight")
        }
        try expect("mpt", .value(key: "mpt.\(key)"), named: key) { $0.set(key, .float32(-8)) }
        let norm = "blk.0.attn_q_norm.weight"
        try expect("mpt", .unsupported("a norm of MPT's queries and keys"), named: "norm of MPT") {
            $0.setTensor(norm, [32])
        }
    }

    @Test func `Ministral 3 reads the ends of YaRN's ramp and a temperature`() throws {
        func change(_ model: inout TinyModel) {
            model.set("rope.scaling.type", .string("yarn"))
            model.set("rope.scaling.factor", .float32(4))
            model.set("attention.temperature_scale", .float32(0.1))
        }
        #expect(try error("mistral3", change) == nil)
        for key in ["yarn_beta_fast", "yarn_beta_slow", "yarn_log_multiplier"] {
            let name = "mistral3.rope.scaling.\(key)"
            #expect(
                try error("mistral3") {
                    change(&$0)
                    $0.set("rope.scaling.\(key)", .float32(1))
                } == nil)
            for value in [-1, Float.nan] {
                try expect("mistral3", .value(key: name), named: name) {
                    change(&$0)
                    $0.set("rope.scaling.\(key)", .float32(value))
                }
            }
        }
        try expect("mistral3", .unsupported("a mixture of experts of this architecture"), named: "experts") {
            $0.set("expert_count", .uint32(4))
        }
    }

    @Test func `a Baichuan of 40 layers has ALiBi, whatever its rotation`() throws {
        #expect(
            try error("baichuan") { model in
                let tensors = model.tensors.filter { $0.name.hasPrefix("blk.0.") }
                model.set("block_count", .uint32(40))
                for layer in 1..<40 {
                    for tensor in tensors {
                        model.setTensor("blk.\(layer)." + tensor.name.dropFirst(6), tensor.dimensions)
                    }
                }
            } == nil)
    }
}
