import GGUF
import Models
import Swiftlet
import TestSupport
import Testing

/// What a family says of a file that is not quite its model. Each error names what is wrong.
@Suite struct DefinitionTests {
    /// The kind of an error and a part of its message.
    enum Complaint: Equatable, Sendable {
        case missingKey(String)
        case wrongType(String)
        case value(key: String)
        case unsupported(String)
        case missingTensor(String)
        case shape(String, expected: [Int])
        case tensorType(String)
        case unknownArchitecture(String)
        case graph
        case other

        init(_ error: ModelError) {
            switch error {
            case .file(.missingKey(let key, _)): self = .missingKey(key)
            case .file(.wrongValue(let key, _, _, _)): self = .wrongType(key)
            case .hyperparameter(let key, _, _, _): self = .value(key: key)
            case .unsupported(let what, _): self = .unsupported(what)
            case .missingTensor(let name, _): self = .missingTensor(name)
            case .tensorShape(let name, let expected, _, _): self = .shape(name, expected: expected)
            case .tensorType(let name, _, _, _): self = .tensorType(name)
            case .unknownArchitecture(let name, _): self = .unknownArchitecture(name)
            case .graph: self = .graph
            case .file, .tensor, .rope, .adapter: self = .other
            }
        }
    }

    func error(_ architecture: String, _ change: (inout TinyModel) -> Void) throws -> ModelError? {
        var model = TinyModel(architecture)
        change(&model)
        let folder = try TemporaryFolder()
        let file = try GGUFFile(path: folder.write(model.file.bytes, to: "model.gguf"))
        do throws(ModelError) {
            let definition = try ModelDefinition(file)
            _ = try definition.graph(for: definition.tasks[0])
            return nil
        } catch {
            return error
        }
    }

    /// Expects a complaint whose message names the file and what is wrong with it.
    func expect(
        _ architecture: String, _ complaint: Complaint, named name: String, _ change: (inout TinyModel) -> Void
    ) throws {
        let error = try #require(try error(architecture, change), "the file opens")
        #expect(Complaint(error) == complaint)
        #expect(error.description.contains(name) && error.description.contains("model.gguf"))
    }

    @Test(arguments: TinyModel.decoders) func `the tiny model itself is one`(architecture: String) throws {
        let folder = try TemporaryFolder()
        let model = try Model(path: folder.write(TinyModel(architecture).file.bytes, to: "model.gguf"))
        #expect(model.architecture == architecture && model.contextLength == 8 && model.vocabularySize == 8)
        #expect(model.hiddenSize == 32)
        var session = try Session(model)
        try session.append([1, 4, 5])
        let finite = session.withLogits { logits in logits.indices.allSatisfy { logits[$0].isFinite } }
        #expect(finite == true)
    }

    @Test func `an architecture that no family serves is named, with where those that are can be seen`() throws {
        try expect("plant", .unknownArchitecture("plant"), named: "plant") { _ in }
        let message = try #require(try error("plant") { _ in }).description
        #expect(message.contains("swiftlet families"))
    }

    @Test func `a file without an architecture is an error`() throws {
        try expect("llama", .missingKey("general.architecture"), named: "general.architecture") {
            $0.remove("general.architecture")
        }
    }

    // MARK: Keys

    static let requiredKeys = [
        "block_count", "embedding_length", "feed_forward_length", "context_length", "attention.head_count",
    ]

    @Test(arguments: TinyModel.families, requiredKeys)
    func `a key that is missing or no integer is named`(architecture: String, key: String) throws {
        let name = "\(architecture).\(key)"
        try expect(architecture, .missingKey(name), named: name) { $0.remove(key) }
        try expect(architecture, .wrongType(name), named: name) { $0.set(key, .string("8")) }
        try expect(architecture, .wrongType(name), named: name) { $0.set(key, .float32(8)) }
        try expect(architecture, .wrongType(name), named: name) { $0.set(key, .uint64(1 << 63)) }
        try expect(architecture, .wrongType(name), named: name) { $0.set(key, .strings(["8"])) }
    }

    @Test(
        arguments: TinyModel.families,
        requiredKeys + ["attention.head_count_kv", "attention.key_length", "attention.value_length"])
    func `a size below 1 or beyond 2³¹ - 1 is named`(architecture: String, key: String) throws {
        let name = "\(architecture).\(key)"
        for value in [TinyModel.Value.uint32(0), .int32(-1), .uint32(1 << 31), .uint64(1 << 62)] {
            try expect(architecture, .value(key: name), named: name) { $0.set(key, value) }
        }
    }

    @Test(arguments: TinyModel.decoders) func `the norm's epsilon is a number from 0 up`(architecture: String) throws {
        let key = TinyModel(architecture).epsilonKey
        let name = "\(architecture).\(key)"
        try expect(architecture, .missingKey(name), named: name) { $0.remove(key) }
        try expect(architecture, .wrongType(name), named: name) { $0.set(key, .uint32(0)) }
        for value in [Float.nan, -1e-5, .infinity] {
            try expect(architecture, .value(key: name), named: name) { $0.set(key, .float32(value)) }
        }
        #expect(try error(architecture) { $0.set(key, .float32(0)) } == nil)
    }

    @Test(arguments: TinyModel.families) func `key and value heads divide the query heads`(architecture: String) throws
    {
        try expect(
            architecture, .value(key: "\(architecture).attention.head_count_kv"), named: "attention.head_count_kv"
        ) {
            $0.set("attention.head_count_kv", .uint32(3))
        }
        try expect(architecture, .value(key: "\(architecture).attention.head_count"), named: "attention.head_count") {
            $0.set("attention.head_count", .uint32(3))
            $0.remove("attention.head_count_kv")
        }
    }

    @Test(arguments: TinyModel.families)
    func `one number for each layer is taken where all are the same`(architecture: String) throws {
        #expect(try error(architecture) { $0.set("attention.head_count_kv", .int32s([1])) } == nil)
        #expect(try error(architecture) { $0.set("feed_forward_length", .int32s([32, 32, 32])) } == nil)
        let name = "\(architecture).attention.head_count_kv"
        for values in [[1, 2], []] as [[Int32]] {
            try expect(
                architecture, .unsupported("a value of \(name) that differs from layer to layer"), named: name
            ) {
                $0.set("attention.head_count_kv", .int32s(values))
            }
        }
    }

    /// Each of the sizes could be; all of them together are more than a number holds.
    @Test(arguments: TinyModel.families) func `heads that multiply beyond all bounds are named`(
        architecture: String
    ) throws {
        let name = "\(architecture).attention.key_length"
        try expect(architecture, .value(key: name), named: name) { model in
            for key in [
                "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length",
            ] {
                model.set(key, .uint32(UInt32(Int32.max)))
            }
            model.setTensor("blk.0.attn_qkv.weight", [32, 64])
        }
    }

    @Test(arguments: TinyModel.families)
    func `more layers than the file has end at the first tensor that is missing`(architecture: String) throws {
        for count in [2, UInt32(Int32.max)] {
            let hasNorm = TinyModel(architecture).layerNorms.contains("attn_norm")
            let first = hasNorm ? "blk.1.attn_norm.weight" : "blk.1.attn_q.weight"
            try expect(architecture, .missingTensor(first), named: first) {
                $0.set("block_count", .uint32(count))
            }
        }
    }

    @Test(arguments: TinyModel.families)
    func `a head size that does not fit the tensors names the first that differs`(architecture: String) throws {
        let isFused = TinyModel(architecture).isFused
        let tensor = isFused ? "blk.0.attn_qkv.weight" : "blk.0.attn_q.weight"
        for length in [15, 24, 1 << 20] {
            var model = TinyModel(architecture)
            model.set("attention.key_length", .uint32(UInt32(length)))
            let found = try error(architecture) { $0 = model }
            let complaint = try #require(found.map(Complaint.init))
            // An odd head cannot be rotated whole.
            if length == 15, TinyModel.rotaryFamilies.contains(architecture) {
                #expect(complaint == .value(key: "\(architecture).rope.dimension_count"))
            } else {
                let rows = isFused ? 3 * length + 16 : 2 * length
                #expect(complaint == .shape(tensor, expected: [32, rows]))
            }
        }
    }

    static let rotaryFamilies = TinyModel.rotaryFamilies

    @Test(arguments: rotaryFamilies) func `rotation is of an even part of the head`(architecture: String) throws {
        let name = "\(architecture).rope.dimension_count"
        for value in [0, 7, 18, 1 << 31] as [UInt32] {
            try expect(architecture, .value(key: name), named: name) { $0.set("rope.dimension_count", .uint32(value)) }
        }
        #expect(try error(architecture) { $0.set("rope.dimension_count", .uint32(8)) } == nil)
    }

    @Test(arguments: rotaryFamilies) func `base and factor of the rotation are positive numbers`(
        architecture: String
    ) throws {
        let base = "\(architecture).rope.freq_base"
        for value in [0, -1, Float.nan, .infinity] {
            try expect(architecture, .value(key: base), named: base) { $0.set("rope.freq_base", .float32(value)) }
        }
        try expect(architecture, .wrongType(base), named: base) { $0.set("rope.freq_base", .uint32(10_000)) }
        let factor = "\(architecture).rope.scaling.factor"
        for value in [-1, Float.nan] {
            try expect(architecture, .value(key: factor), named: factor) {
                $0.set("rope.scaling.factor", .float32(value))
            }
        }
    }

    @Test(arguments: rotaryFamilies, ["ntk", ""])
    func `another kind of scaling is named`(architecture: String, kind: String) throws {
        try expect(architecture, .unsupported("rope scaling of the kind '\(kind)'"), named: kind) {
            $0.set("rope.scaling.type", .string(kind))
        }
    }

    // MARK: Tensors

    @Test(arguments: TinyModel.families) func `every tensor is needed, but for biases`(architecture: String) throws {
        for tensor in TinyModel(architecture).tensors {
            // Without its second norm StableLM is another model.
            let isOptional = architecture == "stablelm" && tensor.name == "blk.0.ffn_norm.weight"
            if tensor.name.hasSuffix(".bias") || isOptional {
                #expect(try error(architecture) { $0.removeTensor(tensor.name) } == nil)
            } else {
                // Without the fused tensor, its three parts are looked for.
                let missing = tensor.name == "blk.0.attn_qkv.weight" ? "blk.0.attn_q.weight" : tensor.name
                try expect(architecture, .missingTensor(missing), named: missing) { $0.removeTensor(tensor.name) }
            }
        }
    }

    @Test(arguments: TinyModel.families) func `every tensor's shape is checked`(architecture: String) throws {
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

    @Test(arguments: TinyModel.families) func `the embedding's rows have the hidden size`(architecture: String) throws {
        try expect(
            architecture, .shape("token_embd.weight", expected: [32, 9]), named: "token_embd.weight"
        ) {
            $0.setTensor("token_embd.weight", [31, 9])
        }
    }

    @Test(arguments: TinyModel.families) func `an output of its own fits the vocabulary`(architecture: String) throws {
        #expect(try error(architecture) { $0.setTensor("output.weight", [32, 8], type: 8) } == nil)
        try expect(architecture, .shape("output.weight", expected: [32, 8]), named: "output.weight") {
            $0.setTensor("output.weight", [32, 9])
        }
    }

    @Test(arguments: TinyModel.families)
    func `a matrix of a type that no kernel reads is named`(architecture: String) throws {
        let isMixture = TinyModel.mixtures.contains(architecture)
        let (suffix, experts) = isMixture ? ("_exps", [3]) : ("", [])
        let name = "blk.0.ffn_down\(suffix).weight"
        try expect(architecture, .tensorType(name), named: "Q8_K") { model in
            model.set(isMixture ? "expert_feed_forward_length" : "feed_forward_length", .uint32(256))
            model.setTensor("blk.0.ffn_up\(suffix).weight", [32, 256 * model.upFactor] + experts)
            if model.isGated { model.setTensor("blk.0.ffn_gate\(suffix).weight", [32, 256] + experts) }
            model.setTensor(name, [256, 32] + experts, type: 15)
        }
    }

    @Test func `a matrix has one scale, and what experts read has none`() throws {
        #expect(try error("llama") { $0.setTensor("blk.0.ffn_down.scale", [1]) } == nil)
        try expect("llama", .shape("blk.0.ffn_down.scale", expected: [1]), named: "blk.0.ffn_down.scale") {
            $0.setTensor("blk.0.ffn_down.scale", [2])
        }
        let name = "blk.0.ffn_up_exps.scale"
        try expect("qwen3moe", .unsupported("a scale for each expert, \(name),"), named: name) {
            $0.setTensor(name, [3])
        }
    }

    @Test(arguments: TinyModel.families, [1, 30] as [UInt32])
    func `a vector is float32`(architecture: String, type: UInt32) throws {
        for tensor in TinyModel(architecture).tensors where tensor.dimensions.count == 1 {
            try expect(architecture, .tensorType(tensor.name), named: "supported are F32") {
                $0.setTensor(tensor.name, tensor.dimensions, type: type)
            }
        }
    }

    @Test(arguments: TinyModel.rmsFamilies) func `an RMSNorm has no bias`(architecture: String) throws {
        try expect(architecture, .graph, named: "output_norm.bias") { $0.setTensor("output_norm.bias", [32]) }
    }

    @Test(arguments: rotaryFamilies) func `frequency factors are one for each pair`(architecture: String) throws {
        #expect(try error(architecture) { $0.setTensor("rope_freqs.weight", [8]) } == nil)
        try expect(architecture, .shape("rope_freqs.weight", expected: [8]), named: "rope_freqs.weight") {
            $0.setTensor("rope_freqs.weight", [16])
        }
    }
}
