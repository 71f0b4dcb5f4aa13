import GGUF
import Graph
import Models
import TestSupport
import Testing

extension DefinitionTests {
    @Test(arguments: TinyModel.gemmas) func `layers share the cache of the last one of their kind`(
        architecture: String
    ) throws {
        var model = TinyModel(architecture)
        let layers = [true, false, true, false, true]
        model.set("block_count", .uint32(5))
        model.set("attention.sliding_window_pattern", .bools(layers))
        model.set("attention.shared_kv_layers", .uint32(2))
        model.set("activation_sparsity_scale", .floats([1, 0, -.infinity, -.infinity, -.infinity]))
        for layer in 1..<5 {
            for tensor in model.tensors where tensor.name.hasPrefix("blk.0.") {
                model.setTensor("blk.\(layer)." + tensor.name.dropFirst(6), tensor.dimensions)
            }
        }
        model.setTensor("per_layer_token_embd.weight", [20, 8])
        model.setTensor("per_layer_model_proj.weight", [32, 20])
        for layer in [3, 4] {
            for name in ["attn_k", "attn_v", "attn_k_norm"] { model.removeTensor("blk.\(layer).\(name).weight") }
        }
        let folder = try TemporaryFolder()
        let file = try GGUFFile(path: folder.write(model.file.bytes, to: "model.gguf"))
        let lines = try ModelDefinition(file).graph(for: .nextToken).description.split(separator: "\n")
        let caches = lines.filter { $0.contains("heads on") }.compactMap { line in
            (0..<5).first { line.contains("the cache of layer \($0):") }
        }
        #expect(caches == [0, 1, 2, 1, 2])
        if architecture == "gemma3n" {
            #expect(lines.count { $0.contains("statistical top-k") } == 2)
        }
    }

    @Test(arguments: TinyModel.gemmas) func `a layer with no earlier one of its kind cannot share`(
        architecture: String
    ) throws {
        let name = "\(architecture).attention.shared_kv_layers"
        for value in [1, 2] as [UInt32] {
            try expect(architecture, .value(key: name), named: name) {
                $0.set("attention.shared_kv_layers", .uint32(value))
            }
        }
        let blocks = "\(architecture).block_count"
        try expect(architecture, .value(key: blocks), named: blocks) {
            $0.set("block_count", .uint32(1 << 30))
            $0.set("attention.sliding_window_pattern", .uint32(2))
        }
    }

    @Test func `Gemma 3n's streams and gates are as many as the file says`() throws {
        for value in [0, 1, 65] as [UInt32] {
            try expect("gemma3n", .value(key: "gemma3n.altup.num_inputs"), named: "altup.num_inputs") {
                $0.set("altup.num_inputs", .uint32(value))
            }
        }
        try expect("gemma3n", .unsupported("an altup.active_idx of 1"), named: "altup.active_idx") {
            $0.set("altup.active_idx", .uint32(1))
        }
        for values in [[Float](), [1, 1], [.nan], [.infinity]] {
            try expect("gemma3n", .value(key: "gemma3n.activation_sparsity_scale"), named: "sparsity") {
                $0.set("activation_sparsity_scale", .floats(values))
            }
        }
        try expect("gemma3n", .shape("altup_proj.weight", expected: [32, 32, 1]), named: "altup_proj") {
            $0.setTensor("altup_proj.weight", [32, 32, 2])
        }
    }

    @Test func `Gemma 4 with experts, without vectors of layers, with keys for values`() throws {
        #expect(try error("gemma4") { $0.addGemmaExperts() } == nil)
        #expect(try error("gemma4") { $0.set("embedding_length_per_layer_input", .uint32(0)) } == nil)
        #expect(try error("gemma4") { $0.removeTensor("blk.0.attn_v.weight") } == nil)
        try expect("gemma4", .shape("blk.0.ffn_down_exps.scale", expected: [3]), named: "ffn_down_exps.scale") {
            $0.addGemmaExperts()
            $0.setTensor("blk.0.ffn_down_exps.scale", [2])
        }
        try expect("gemma4", .missingTensor("blk.0.ffn_gate_inp.scale"), named: "ffn_gate_inp.scale") {
            $0.addGemmaExperts()
            $0.removeTensor("blk.0.ffn_gate_inp.scale")
        }
        try expect("gemma4", .shape("per_layer_token_embd.weight", expected: [4, 8]), named: "per_layer") {
            $0.setTensor("per_layer_token_embd.weight", [4, 7])
        }
    }
}
