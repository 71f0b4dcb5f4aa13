import Conversion
import Foundation
import GGUF
import Quantization
import Swiftlet
import TestSupport
import Testing

/// Adapters as PEFT saves them, beside a model and merged into it, against what transformers computes with PEFT
/// (`Fixtures/adapters/README.md`).
@Suite struct AdapterTests {
    struct Expected: Decodable {
        let base: String
        let ids: [Token]
        /// Of the last two tokens, or a vector: of the model alone, with the adapter, and with half of it.
        let plain, adapted, half: [[Float]]

        init(_ name: String) throws {
            let url = URL(fileURLWithPath: Fixtures.path("adapters/\(name).json"))
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
        }
    }

    static let names = ["llama", "qwen2", "qwen2-embedding", "gpt2", "phi3", "gptneox", "bert"]

    static func path(_ name: String) -> String { Fixtures.path("adapters/\(name)") }

    private func rows(_ model: Model, _ ids: [Token], _ adapters: [ScaledAdapter]) throws -> [[Float]] {
        if model.isEncoder {
            var options = EmbedderOptions()
            options.pooling = .mean
            options.normalize = false
            options.adapters = adapters
            var embedder = try Embedder(model, options)
            return [Array(try embedder.embed(tokens: [ids])[0])]
        }
        var options = SessionOptions()
        options.cacheType = .f32
        options.adapters = adapters
        var session = try Session(model, options)
        var rows: [[Float]] = []
        try session.append(ids) { _, row in rows.append(row.indices.map { row[$0] }) }
        return rows.suffix(2)
    }

    private func expect(_ found: [[Float]], _ exact: [[Float]], _ what: Comment) {
        #expect(found.count == exact.count, what)
        for (row, expected) in zip(found, exact) {
            let most = zip(row, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(row.count == expected.count && most < 1e-4, "\(what): \(most)")
        }
    }

    @Test(arguments: names) func `an adapter gives what it gives in PEFT, whole and in part`(name: String) throws {
        let expected = try Expected(name)
        let folder = try ModelFolderCopy(expected.base)
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        let adapter = try Adapter(folder: Self.path(name), for: model)
        try expect(rows(model, expected.ids, []), expected.plain, "alone")
        try expect(rows(model, expected.ids, [ScaledAdapter(adapter)]), expected.adapted, "adapted")
        try expect(rows(model, expected.ids, [ScaledAdapter(adapter, scale: 0.5)]), expected.half, "half")
        let twice = [ScaledAdapter(adapter, scale: 0.25), ScaledAdapter(adapter, scale: 0.25)]
        try expect(rows(model, expected.ids, twice), expected.half, "two quarters")
    }

    @Test(arguments: names) func `its file gives the same, by the model's folder and by its file`(name: String) throws {
        let expected = try Expected(name)
        let folder = try ModelFolderCopy(expected.base)
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        let bases = [try AdapterBase(folder: folder.path), try AdapterBase(file: GGUFFile(path: folder.output))]
        var files: [[UInt8]] = []
        for base in bases {
            let path = folder.path("adapter\(files.count).gguf")
            try AdapterConverter.converter(folder: Self.path(name), base: base).write(to: path, threads: 1) { _, _ in
                true
            }
            let adapter = try Adapter(path: path, for: model)
            try expect(rows(model, expected.ids, [ScaledAdapter(adapter)]), expected.adapted, "adapted")
            files.append(try TestBytes.read(path))
        }
        #expect(files[0] == files[1])
    }

    @Test(arguments: names.filter { $0 != "qwen2-embedding" })
    func `merged into the model's weights it gives the same`(name: String) throws {
        let expected = try Expected(name)
        let folder = try ModelFolderCopy(expected.base)
        for (scale, exact) in [(Float(1), expected.adapted), (0.5, expected.half)] {
            try? FileManager.default.removeItem(atPath: folder.output)
            let converter = try ModelConverter(
                folder: folder.path, type: .f32, adapters: [(path: Self.path(name), scale: scale)])
            try converter.write(to: folder.output, threads: 1) { _, _ in true }
            try expect(rows(Model(path: folder.output), expected.ids, []), exact, "merged")
        }
    }

    @Test func `a file of gguf-py gives what the folder gives`() throws {
        let expected = try Expected("llama")
        let folder = try ModelFolderCopy(expected.base)
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        let adapter = try Adapter(path: Fixtures.path("adapters/llama.gguf"), for: model)
        try expect(rows(model, expected.ids, [ScaledAdapter(adapter)]), expected.adapted, "adapted")
        let own = try Adapter(folder: Self.path("llama"), for: model)
        #expect(own.weightNames == adapter.weightNames)
    }

    @Test func `adapters of an embedding that is the output too are not merged`() throws {
        let error = #expect(throws: ConversionError.self) {
            _ = try ModelConverter(
                folder: fixture("qwen2"), type: .f32, adapters: [(path: Self.path("qwen2-embedding"), scale: 1)])
        }
        #expect(error?.description.contains("token_embd.weight") == true)
    }

    /// A copy of a folder with a changed setting.
    private func refusal(_ old: String, _ new: String) throws -> String {
        let folder = try ModelFolderCopy(nil)
        try FileManager.default.removeItem(atPath: folder.path)
        try FileManager.default.copyItem(atPath: Self.path("llama"), toPath: folder.path)
        try folder.replace(old, by: new, in: "adapter_config.json")
        let error = #expect(throws: ConversionError.self, "\(new)") {
            _ = try AdapterConverter.converter(folder: folder.path, base: AdapterBase(folder: fixture("llama")))
        }
        return error?.description ?? ""
    }

    @Test func `what an adapter asks for beyond sums is refused by name`() throws {
        let changes = [
            ("\"use_dora\": false", "\"use_dora\": true", "use_dora"),
            ("\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"", "IA3"),
            ("\"bias\": \"none\"", "\"bias\": \"all\"", "bias: "),
            ("\"lora_bias\": false", "\"lora_bias\": true", "lora_bias"),
            ("\"init_lora_weights\": false", "\"init_lora_weights\": \"pissa\"", "pissa"),
            ("\"layer_replication\": null", "\"layer_replication\": [[0, 1]]", "layer_replication"),
            ("\"lora_alpha\": 8", "\"lora_alpha\": 0", "lora_alpha"),
            ("\"lora_alpha\": 8", "\"lora_alpha\": NaN", "lora_alpha"),
            ("\"lora_alpha\": 8", "\"lora_alpha\": \"8\"", "lora_alpha"),
            ("\"v_proj\": 3.0", "\"v_(proj)\": 3.0", "alpha_pattern"),
        ]
        for (old, new, words) in changes {
            let message = try refusal(old, new)
            #expect(message.contains(words), "\(message)")
        }
    }

    @Test func `an adapter of another model is refused`() throws {
        for base in ["gpt2", "bert", "phi3", "qwen3", "mixtral"] {
            #expect(throws: ConversionError.self, "\(base)") {
                _ = try AdapterConverter.converter(folder: Self.path("llama"), base: AdapterBase(folder: fixture(base)))
            }
        }
    }

    @Test func `weights that were trained as a whole are merged, and refused beside a model`() throws {
        let base = try ModelFolderCopy("qwen2")
        let adapter = try ModelFolderCopy(nil)
        try FileManager.default.removeItem(atPath: adapter.path)
        try FileManager.default.copyItem(atPath: Self.path("qwen2"), toPath: adapter.path)
        // A whole norm behind the matrices.
        let bytes = try TestBytes.read(adapter.path("adapter_model.safetensors"))
        let count = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        let header = String(decoding: bytes[8..<8 + count], as: UTF8.self).trimmingCharacters(in: .whitespaces)
        let (size, columns) = (bytes.count - 8 - count, 32)
        let tensor = "\"base_model.model.model.norm.weight\":{\"dtype\":\"F32\",\"shape\":[\(columns)],"
        let changed = header.dropLast() + ",\(tensor)\"data_offsets\":[\(size),\(size + 4 * columns)]}}"
        var whole: [UInt8] = []
        UInt64(changed.utf8.count).encode(into: &whole)
        whole += Array(changed.utf8) + bytes[(8 + count)...]
        for _ in 0..<columns { Float(0.5).bitPattern.encode(into: &whole) }
        try adapter.write(whole, as: "adapter_model.safetensors")
        let error = #expect(throws: ConversionError.self) {
            _ = try AdapterConverter.converter(folder: adapter.path, base: AdapterBase(folder: base.path))
        }
        #expect(error?.description.contains("modules_to_save: ") == true, "\(String(describing: error))")
        let converter = try ModelConverter(folder: base.path, type: .f32, adapters: [(path: adapter.path, scale: 1)])
        try converter.write(to: base.output, threads: 1) { _, _ in true }
        let file = try GGUFFile(path: base.output)
        #expect(file.floats("output_norm.weight") == [Float](repeating: 0.5, count: columns))
    }

    @Test func `a damaged folder is an error`() throws {
        let folder = try ModelFolderCopy(nil)
        try FileManager.default.removeItem(atPath: folder.path)
        try FileManager.default.copyItem(atPath: Self.path("llama"), toPath: folder.path)
        let bytes = try TestBytes.read(folder.path("adapter_model.safetensors"))
        func fails() {
            #expect(throws: ConversionError.self) {
                _ = try AdapterConverter.converter(folder: folder.path, base: AdapterBase(folder: fixture("llama")))
            }
        }
        for count in stride(from: 0, to: bytes.count, by: 997) {
            try folder.write(bytes[..<count], as: "adapter_model.safetensors")
            fails()
        }
        for (old, new) in [
            ("self_attn.q_proj.lora_A", "self_attn.q_proj.lora_C"),
            ("self_attn.q_proj.lora_A", "self_attn.x_proj.lora_A"),
            ("layers.0.mlp.up_proj.lora_B", "layers.7.mlp.up_proj.lora_B"),
        ] where old.utf8.count == new.utf8.count {
            try folder.write(TestBytes.replacing(old, by: new, in: bytes), as: "adapter_model.safetensors")
            fails()
        }
        try folder.remove("adapter_model.safetensors")
        fails()
        try folder.write("{}", as: "adapter_config.json")
        fails()
    }
}
