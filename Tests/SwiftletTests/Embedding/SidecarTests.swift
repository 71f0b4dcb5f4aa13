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

    @Test func `a folder without its files changes nothing`() throws {
        let empty = try TemporaryFolder()
        let found = try embedder { $0.sidecar = empty.path }
        #expect(found.pooling == .mean && found.maxTokens == 64)
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
