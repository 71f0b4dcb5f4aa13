import Foundation
import Swiftlet
import TestSupport
import Testing

/// Settings that sentence-transformers keeps beside a model's weights.
@Suite struct SidecarTests {
    /// A suite is copied, its folder is not.
    private final class Files {
        let folder: TemporaryFolder
        init() throws { folder = try TemporaryFolder() }
    }

    private let files: Files
    private let model: Model

    init() throws {
        files = try Files()
        model = try Model(path: Fixtures.path("models/bert-f16.gguf"))
        try write("modules.json", Self.modules)
    }

    private static let modules = """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "name": "1", "path": ".", "type": "sentence_transformers.models.Pooling"},
         {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]
        """

    private func write(_ name: String, _ text: String) throws { try files.folder.write(Array(text.utf8), to: name) }

    private func embedder(_ change: (inout EmbedderOptions) -> Void = { _ in }) throws -> Embedder {
        var options = EmbedderOptions()
        options.sidecar = files.folder.path
        change(&options)
        return try Embedder(model, options)
    }

    private func complaint(_ code: SwiftletError.Code) throws -> String {
        let error = #expect(throws: SwiftletError.self) { _ = try embedder() }
        #expect(error?.code == code)
        return error?.message ?? ""
    }

    @Test func `its settings hold where the options say nothing`() throws {
        try write("config.json", #"{"word_embedding_dimension": 32, "pooling_mode_cls_token": true}"#)
        try write("sentence_bert_config.json", #"{"max_seq_length": 20, "do_lower_case": true}"#)
        try write("config_sentence_transformers.json", #"{"prompts": {"query": "q: ", "document": "d: "}}"#)
        var found = try embedder()
        #expect(found.pooling == .cls && found.maxTokens == 20)
        #expect(found.options.queryPrefix == "q: " && found.options.passagePrefix == "d: ")
        #expect(try found.embed(["ONE"], as: .query).values == found.embed(["q: one"]).values)
        let other = try embedder { options in
            options.pooling = .max
            options.maxTokens = 30
            options.queryPrefix = ""
        }
        #expect(other.pooling == .max && other.maxTokens == 30 && other.options.queryPrefix == "")
    }

    /// `linear.weight` and `linear.bias` as safetensors has them.
    private func writeDense(rows: Int, columns: Int, _ weights: [Float], _ bias: [Float]) throws {
        let weightBytes = 4 * rows * columns
        let header = """
            {"linear.weight": {"dtype": "F32", "shape": [\(rows), \(columns)], "data_offsets": [0, \(weightBytes)]}, \
            "linear.bias": {"dtype": "F32", "shape": [\(rows)], "data_offsets": [\(weightBytes), \(weightBytes + 4 * rows)]}}
            """
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: padded.utf8.count >> (8 * $0)) }
        bytes += Array(padded.utf8)
        for value in weights + bias {
            for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32(shift)))) }
        }
        try files.folder.write(bytes, to: "model.safetensors")
    }

    @Test(arguments: ["torch.nn.modules.linear.Identity", "torch.nn.modules.activation.Tanh"])
    func `a Dense layer follows the pooling`(activation: String) throws {
        try write(
            "modules.json",
            """
            [{"path": "", "type": "sentence_transformers.models.Transformer"},
             {"path": ".", "type": "sentence_transformers.models.Pooling"},
             {"path": ".", "type": "sentence_transformers.models.Dense"}]
            """)
        try write(
            "config.json", #"{"pooling_mode_mean_tokens": true, "activation_function": "\#(activation)"}"#)
        var random = SeededRandom(seed: 7)
        let weights = (0..<3 * 32).map { _ in Float.random(in: -0.5...0.5, using: &random) }
        let bias: [Float] = [0.25, -0.5, 1]
        try writeDense(rows: 3, columns: 32, weights, bias)
        var plain = try Embedder(model)
        let mean = try plain.embed(["the one"]).values
        var raw = try embedder { $0.normalize = false }
        #expect(raw.dimensions == 3)
        let found = try raw.embed(["the one"]).values
        var options = EmbedderOptions()
        options.normalize = false
        var unscaled = try Embedder(model, options)
        let pooled = try unscaled.embed(["the one"]).values
        #expect(mean.count == pooled.count)
        for row in 0..<3 {
            var sum = Double(bias[row])
            for column in 0..<32 { sum += Double(weights[row * 32 + column]) * Double(pooled[column]) }
            let expected = activation.hasSuffix("Tanh") ? tanh(sum) : sum
            #expect(abs(Double(found[row]) - expected) < 1e-5)
        }
        let error = #expect(throws: SwiftletError.self) { _ = try embedder { $0.pooling = .max } }
        #expect(error?.code == .invalidArgument)
    }

    @Test func `a damaged Dense layer is named`() throws {
        try write("modules.json", #"[{"path": ".", "type": "sentence_transformers.models.Dense"}]"#)
        #expect(try complaint(.file).contains("config.json"))
        try write("config.json", #"{"activation_function": "torch.nn.Softsign"}"#)
        #expect(try complaint(.model).contains("Softsign"))
        try write("config.json", "{}")
        #expect(try complaint(.file).contains("model.safetensors"))
        try write("model.safetensors", "short")
        #expect(try complaint(.file).contains("model.safetensors"))
        try writeDense(rows: 2, columns: 31, [Float](repeating: 0, count: 62), [0, 0])
        #expect(try complaint(.model).contains("linear.weight"))
    }

    @Test func `a folder without its files, or that is not there, is an error`() throws {
        let empty = try TemporaryFolder()
        for path in [empty.path, empty.path("none"), ""] {
            let error = try #require(throws: SwiftletError.self) { _ = try embedder { $0.sidecar = path } }
            #expect(error.code == .file && error.message.contains("not a folder of sentence-transformers"))
        }
    }

    @Test func `a length beyond the model's context is the context`() throws {
        try write("config.json", "{}")
        try write("sentence_bert_config.json", #"{"max_seq_length": 1000}"#)
        #expect(try embedder().maxTokens == 64)
    }

    @Test func `damaged settings are named`() throws {
        #expect(try complaint(.file).contains("config.json"))
        try write("config.json", "[]")
        #expect(try complaint(.file).contains("expected an object"))
        try write("config.json", #"{"pooling_mode_weightedmean_tokens": true}"#)
        #expect(try complaint(.model).contains("weightedmean"))
        try write(
            "config.json", #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#)
        #expect(try complaint(.model).contains("pooling_mode_mean_tokens"))
        try write("config.json", "{}")
        for length in ["0", "-1", "1.5", "\"9\"", "1e99", "[]"] {
            try write("sentence_bert_config.json", #"{"max_seq_length": \#(length)}"#)
            #expect(try complaint(.file).contains("max_seq_length"))
        }
        try write("sentence_bert_config.json", "{")
        #expect(try complaint(.file).contains("sentence_bert_config.json"))
        for path in ["/etc", "../other"] {
            try write(
                "modules.json", #"[{"path": "\#(path)", "type": "sentence_transformers.models.Pooling"}]"#)
            #expect(try complaint(.file).contains("leaves the folder"))
        }
        try write("modules.json", #"[{"path": "x", "type": "sentence_transformers.models.LSTM"}]"#)
        #expect(try complaint(.model).contains("LSTM"))
    }
}
