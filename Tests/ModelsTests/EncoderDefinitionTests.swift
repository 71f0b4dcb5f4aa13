import GGUF
import Models
import Swiftlet
import TestSupport
import Testing

/// Encoders' files: what is needed, what is checked, what a file can do.
extension DefinitionTests {
    @Test(arguments: TinyModel.encoders) func `the tiny encoder embeds`(architecture: String) throws {
        let folder = try TemporaryFolder()
        let model = try Model(path: folder.write(TinyModel(architecture).file.bytes, to: "model.gguf"))
        #expect(model.architecture == architecture && model.isEncoder && model.contextLength == 8)
        var embedder = try Embedder(model)
        #expect(try embedder.embed(tokens: [[1, 4, 5]]).values.allSatisfy(\.isFinite))
    }

    @Test(arguments: TinyModel.encoders, requiredKeys + ["attention.layer_norm_epsilon"])
    func `an encoder's key that is missing or no number is named`(architecture: String, key: String) throws {
        let name = "\(architecture).\(key)"
        try expect(architecture, .missingKey(name), named: name) { $0.remove(key) }
        try expect(architecture, .wrongType(name), named: name) { $0.set(key, .string("8")) }
    }

    @Test(arguments: TinyModel.encoders)
    func `every tensor of an encoder is needed, but for biases`(architecture: String) throws {
        for tensor in TinyModel(architecture).tensors {
            if tensor.name.hasSuffix(".bias") {
                #expect(try error(architecture) { $0.removeTensor(tensor.name) } == nil)
                continue
            }
            // Without the fused tensor, its three parts are looked for; without the gate, one within ffn_up.
            if architecture == "jina-bert-v2", tensor.name == "blk.0.ffn_gate.weight" {
                try expect(architecture, .shape("blk.0.ffn_up.weight", expected: [32, 64]), named: "ffn_up") {
                    $0.removeTensor(tensor.name)
                }
                continue
            }
            let missing = tensor.name == "blk.0.attn_qkv.weight" ? "blk.0.attn_q.weight" : tensor.name
            try expect(architecture, .missingTensor(missing), named: missing) { $0.removeTensor(tensor.name) }
        }
    }

    @Test(arguments: TinyModel.encoders)
    func `every shape of an encoder's tensors is checked`(architecture: String) throws {
        for tensor in TinyModel(architecture).tensors where tensor.name != "token_embd.weight" {
            let wrongs = [
                [tensor.dimensions[0] + 1] + tensor.dimensions.dropFirst(), tensor.dimensions + [2],
                [tensor.dimensions[0]] + [tensor.dimensions.count > 1 ? tensor.dimensions[1] + 1 : 2],
            ]
            for wrong in wrongs {
                try expect(
                    architecture, .shape(tensor.name, expected: tensor.dimensions), named: "\(tensor.dimensions)"
                ) {
                    $0.setTensor(tensor.name, wrong)
                }
            }
        }
    }

    /// The second layer of Nomic's mixture has experts, the first has none.
    private func mixture(_ change: @escaping (inout TinyModel) -> Void) -> (inout TinyModel) -> Void {
        { model in
            model.set("block_count", .uint32(2))
            model.set("moe_every_n_layers", .uint32(2))
            for tensor in model.tensors where tensor.name.hasPrefix("blk.0.") && !tensor.name.contains("ffn") {
                model.setTensor("blk.1." + tensor.name.dropFirst(6), tensor.dimensions)
            }
            model.setTensor("blk.1.ffn_gate_inp.weight", [32, 3])
            for name in ["up", "down"] { model.setTensor("blk.1.ffn_\(name)_exps.weight", [32, 32, 3]) }
            change(&model)
        }
    }

    @Test func `experts of an encoder and their bias are checked`() throws {
        let architecture = "nomic-bert-moe"
        #expect(try error(architecture, mixture { _ in }) == nil)
        #expect(try error(architecture, mixture { $0.setTensor("blk.1.ffn_exps.bias", [32]) }) == nil)
        for name in ["ffn_gate_inp", "ffn_up_exps", "ffn_down_exps"].map({ "blk.1.\($0).weight" }) {
            try expect(architecture, .missingTensor(name), named: name, mixture { $0.removeTensor(name) })
        }
        let bias = "blk.1.ffn_exps.bias"
        try expect(
            architecture, .shape(bias, expected: [32]), named: bias, mixture { $0.setTensor(bias, [3, 32]) })
        let up = "blk.1.ffn_up_exps.weight"
        try expect(
            architecture, .shape(up, expected: [32, 32, 3]), named: up, mixture { $0.setTensor(up, [32, 32, 2]) })
        let period = "\(architecture).moe_every_n_layers"
        try expect(
            architecture, .value(key: period), named: period, mixture { $0.set("moe_every_n_layers", .int32(-2)) })
        // Of periods of one layer, none is the second.
        try expect(
            architecture, .missingTensor("blk.1.ffn_up.weight"), named: "blk.1.ffn_up",
            mixture { $0.set("moe_every_n_layers", .uint32(1)) })
    }

    @Test func `window, period and activation of ModernBERT are checked`() throws {
        let window = "modern-bert.attention.sliding_window"
        try expect("modern-bert", .value(key: window), named: window) {
            $0.set("attention.sliding_window", .int32(-1))
        }
        let pattern = "modern-bert.attention.sliding_window_pattern"
        try expect("modern-bert", .value(key: pattern), named: pattern) { model in
            model.set("attention.sliding_window", .uint32(4))
            model.set("attention.sliding_window_pattern", .uint32(0))
        }
        let base = "modern-bert.rope.freq_base_swa"
        try expect("modern-bert", .value(key: base), named: base) { $0.set("rope.freq_base_swa", .float32(0)) }
        try expect("modern-bert", .unsupported("the activation 'swish'"), named: "swish") {
            $0.set("hidden_activation", .string("swish"))
        }
        #expect(try error("modern-bert") { $0.set("hidden_activation", .string("silu")) } == nil)
    }

    @Test func `a file can do what it has heads for`() throws {
        func tasks(_ architecture: String, _ change: (inout TinyModel) -> Void) throws -> [ModelTask] {
            var model = TinyModel(architecture)
            change(&model)
            let folder = try TemporaryFolder()
            let file = try GGUFFile(path: folder.write(model.file.bytes, to: "model.gguf"))
            return try ModelDefinition(file).tasks
        }
        #expect(try tasks("llama") { _ in } == [.nextToken, .embedding])
        #expect(try tasks("bert") { _ in } == [.embedding])
        #expect(try tasks("bert") { $0.setTensor("cls.output.weight", [32, 2]) } == [.embedding, .classification])
        #expect(try tasks("bert") { $0.setTensor("cls.weight", [32, 2]) } == [.embedding, .classification])
        #expect(try tasks("bert") { $0.setTensor("mlm.dense.weight", [32, 32]) } == [.embedding, .maskedToken])
        #expect(
            try tasks("modern-bert") { model in
                model.setTensor("cls.weight", [32, 32])
                model.setTensor("cls.norm.weight", [32])
            } == [.embedding, .maskedToken])
    }

    @Test(arguments: [
        ("cls.output.weight", [31, 2]), ("cls.weight", [32, 31]), ("cls.norm.weight", [31]), ("cls.output.bias", [3]),
    ])
    func `a head's shapes are checked when it is used`(tensor: (name: String, dimensions: [Int])) throws {
        var tiny = TinyModel("bert")
        tiny.setTensor("cls.weight", [32, 32])
        tiny.setTensor("cls.output.weight", [32, 2])
        tiny.setTensor(tensor.name, tensor.dimensions)
        let folder = try TemporaryFolder()
        let model = try Model(path: folder.write(tiny.file.bytes, to: "model.gguf"))
        let error = #expect(throws: SwiftletError.self) { _ = try Classifier(model) }
        #expect(error?.code == .model && error?.message.contains("cls.") == true)
    }
}
