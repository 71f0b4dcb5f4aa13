import GGUF
import Quantization
import TestSupport
import Testing

/// Which tensor gets which type, against llama.cpp; the types are found by Fixtures/golden/make_quantization_types.py.
@Suite struct MixtureTests {
    struct Model: Decodable, CustomTestStringConvertible {
        let name: String
        let layers, heads, shared, experts, width, inner: Int
        let output: Bool
        /// For each type and kind of tensor, the types in the order of the layers: "2 Q6_K, 3 Q4_K".
        let types: [String: [String: String]]
        /// The same with an importance matrix.
        let weighted: [String: [String: String]]

        var testDescription: String { name }

        /// Names, and dimensions, fastest first.
        var tensors: [(String, [Int])] {
            let few = width / heads * shared
            var tensors = [("token_embd.weight", [width, 32])]
            for layer in 0..<layers {
                tensors += [
                    ("attn_norm.weight", [width]), ("attn_q.weight", [width, width]), ("attn_k.weight", [width, few]),
                    ("attn_v.weight", [width, few]), ("attn_v.bias", [few]), ("attn_output.weight", [width, width]),
                    ("ffn_norm.weight", [width]),
                ].map { ("blk.\(layer).\($0.0)", $0.1) }
                let more =
                    experts > 0
                    ? [
                        ("ffn_gate_inp.weight", [width, experts]), ("ffn_gate_exps.weight", [width, 32, experts]),
                        ("ffn_up_exps.weight", [width, 32, experts]), ("ffn_down_exps.weight", [inner, 32, experts]),
                    ]
                    : [
                        ("ffn_gate.weight", [width, 32]), ("ffn_up.weight", [width, 32]),
                        ("ffn_down.weight", [inner, 32]),
                    ]
                tensors += more.map { ("blk.\(layer).\($0.0)", $0.1) }
            }
            tensors.append(("output_norm.weight", [width]))
            if output { tensors.append(("output.weight", [width, 32])) }
            return tensors
        }

        func write(to path: String) throws {
            var contents = GGUFContents()
            contents.set("general.architecture", "llama")
            contents.set("llama.block_count", UInt32(layers))
            contents.set("llama.attention.head_count", UInt32(heads))
            contents.set("llama.attention.head_count_kv", UInt32(shared))
            if experts > 0 { contents.set("llama.expert_count", UInt32(experts)) }
            for (name, dimensions) in tensors { contents.addTensor(name, type: .F32, dimensions: dimensions) }
            var writer = try GGUFWriter(path: path, contents: contents)
            for (name, dimensions) in tensors {
                let zeros = [UInt8](repeating: 0, count: dimensions.reduce(4, *))
                try writer.append(unsafe zeros.span.bytes, to: name)
            }
            try writer.finish()
        }
    }

    private struct Stored: Decodable { let models: [Model] }

    static let models = (try? decode(Stored.self, "quantization_types.json").models) ?? []

    @Test func `there are models`() { #expect(Self.models.count == 7) }

    @Test(arguments: models)
    func `every tensor gets the type that llama.cpp gives it`(model: Model) throws {
        let folder = try TemporaryFolder()
        try model.write(to: folder.path("model.gguf"))
        let file = try GGUFFile(path: folder.path("model.gguf"))
        #expect(Set(model.types.keys) == Set(FileType.allCases.filter { !$0.needsImportance }.map(\.rawValue)))
        #expect(Set(model.weighted.keys) == Set(FileType.allCases.map(\.rawValue)))
        let cases = model.types.map { ($0, $1, false) } + model.weighted.map { ($0, $1, true) }
        for (name, expected, hasImportance) in cases {
            let type = try #require(FileType(rawValue: name))
            let mixture = try Mixture(type, file.metadata, hasImportance: hasImportance)
            var found: [String: [String]] = [:]
            for (tensor, type) in zip(file.tensors, mixture.types(of: file.tensors)) {
                let kind = tensor.name.split(separator: ".").filter { Int($0) == nil }.joined(separator: ".")
                found[kind, default: []].append(type.name)
            }
            #expect(found.mapValues(Self.runs) == expected, "\(name), \(hasImportance)")
        }
    }

    private static func runs(_ types: [String]) -> String {
        var runs: [(count: Int, type: String)] = []
        for type in types {
            if runs.last?.type == type { runs[runs.count - 1].count += 1 } else { runs.append((1, type)) }
        }
        return runs.map { "\($0.count) \($0.type)" }.joined(separator: ", ")
    }
}
