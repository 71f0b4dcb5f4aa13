import Conversion
import Foundation
import GGUF
import Swiftlet
import TestSupport
import Testing

/// What Gemma's later classes have that no other has.
@Suite struct GemmaTests {
    struct Expected: Decodable {
        let texts: [String]
        let ids: [[Token]]
        /// Of unit length, by role.
        let vectors: [String: [[Float]]]
    }

    @Test(arguments: ["plain", "query", "document"])
    func `EmbeddingGemma's vectors are those of transformers, with the folder's prompts`(role: String) throws {
        let folder = try ModelFolderCopy("gemma-embedding")
        _ = try folder.converted()
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("gemma-embedding.json"))))
        var embedder = try Embedder(Model(path: folder.output))
        #expect(embedder.pooling == .mean && embedder.dimensions == 16)
        if role == "plain" {
            for (text, ids) in zip(expected.texts, expected.ids) { #expect(embedder.tokens(of: text) == ids) }
        }
        let own: TextRole = role == "query" ? .query : role == "document" ? .passage : .plain
        let found = try embedder.embed(expected.texts, as: own)
        for (index, vector) in try #require(expected.vectors[role]).enumerated() {
            let most = zip(vector, found[index]).map { abs($0 - $1) }.max() ?? .infinity
            #expect(most < 1e-4, "\(most)")
        }
    }

    @Test func `the layers behind the pooling are for one vector a text, and a sidecar's come first`() throws {
        let folder = try ModelFolderCopy("gemma-embedding")
        let file = try folder.converted()
        #expect(file.tensor(named: "dense_2.weight")?.dimensions == [16, 24])
        #expect(try file.metadata.int("gemma-embedding.dense_3_feat_in") == 24)
        let model = try Model(path: folder.output)
        #expect(model.isEncoder)
        var options = EmbedderOptions()
        options.pooling = EmbedderOptions.Pooling.none
        var plain = try Embedder(model, options)
        #expect(try plain.embed(["the cat"]).texts[0].tokenCount == plain.tokens(of: "the cat").count)
        options.pooling = nil
        options.sidecar = folder.path
        var sidecar = try Embedder(model, options)
        var own = try Embedder(model)
        let (a, b) = (try sidecar.embed(["the cat"], as: .query), try own.embed(["the cat"], as: .query))
        #expect(zip(a[0], b[0]).allSatisfy { abs($0 - $1) < 1e-3 })
    }

    @Test(arguments: [
        (#""activation_function": "torch.nn.modules.linear.Identity""#, #""activation_function": "x.Tanh""#, "Tanh"),
        (#""bias": false"#, #""bias": true"#, "bias"), (#""in_features": 16"#, #""in_features": 17"#, "linear.weight"),
        (#""out_features": 24"#, #""out_features": 0"#, "out_features"),
    ]) func `a Dense module that a file cannot hold is named`(old: String, new: String, named: String) throws {
        let folder = try ModelFolderCopy("gemma-embedding")
        try folder.replace(old, by: new, in: "2_Dense/config.json")
        let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
        #expect(error?.description.contains(named) == true, "\(String(describing: error))")
    }

    @Test func `Gemma 3n's keys are those of llama.cpp's files`() throws {
        let file = try ModelFolderCopy("gemma3n").converted()
        let keys = file.metadata
        #expect(try keys.int("gemma3n.altup.num_inputs") == 4)
        #expect(try keys.int("gemma3n.attention.shared_kv_layers") == 2)
        #expect(try keys.int("gemma3n.embedding_length_per_layer_input") == 4)
        let sparsity = try keys.floats("gemma3n.activation_sparsity_scale")
        #expect(abs(sparsity[0] - 1.6448535) < 1e-5 && abs(sparsity[1] - 0.2533471) < 1e-5)
        #expect(sparsity[2...] == [-.infinity, -.infinity])
        // Ids beyond the table have its first row.
        let table = file.floats("per_layer_token_embd.weight")
        #expect(table.count == 288 * 16 && table[(280 * 16)..<(281 * 16)] == table[..<16])
        #expect(file.tensor(named: "altup_proj.weight")?.dimensions == [16, 16, 3])
        #expect(file.tensor(named: "blk.2.attn_k.weight") == nil)
    }

    @Test func `Gemma 4's keys are those of llama.cpp's files`() throws {
        let file = try ModelFolderCopy("gemma4").converted()
        let keys = file.metadata
        #expect(try keys.ints("gemma4.feed_forward_length") == [24, 24, 48, 48])
        #expect(try keys.int("gemma4.attention.key_length") == 16)
        #expect(try keys.int("gemma4.attention.key_length_swa") == 8)
        #expect(try keys.string("tokenizer.ggml.model") == "gemma4")
        #expect(file.floats("rope_freqs.weight") == [1, 1] + [Float](repeating: 1e30, count: 6))
        let experts = try ModelFolderCopy("gemma4-experts").converted()
        #expect(try experts.metadata.ints("gemma4.attention.head_count_kv") == [2, 1, 2, 1])
        #expect(
            experts.tensor(named: "blk.1.attn_v.weight") == nil && experts.tensor(named: "blk.0.attn_v.weight") != nil)
        #expect(experts.tensor(named: "blk.0.ffn_gate_up_exps.weight")?.dimensions == [16, 24, 4])
    }

    /// As Gemma 4 was published first.
    @Test func `heads of layers without a window may be settings of the whole`() throws {
        let folder = try ModelFolderCopy("gemma4-experts")
        let text = try folder.text("config.json")
        let start = try #require(text.range(of: "\"per_layer_config\": {")).lowerBound
        let end = try #require(text[start...].range(of: "},\n  \"")).lowerBound
        let rest = text[text.index(end, offsetBy: 1)...]
        try folder.write(
            text[..<start] + "\"global_head_dim\": 16, \"num_global_key_value_heads\": 1" + rest, as: "config.json")
        let keys = try folder.converted().metadata
        #expect(try keys.ints("gemma4.attention.head_count_kv") == [2, 1, 2, 1])
        #expect(try keys.int("gemma4.attention.key_length") == 16)
    }

    @Test(arguments: [
        ("gemma3n", "\"num_kv_shared_layers\": 2", "\"num_kv_shared_layers\": 4", "num_kv_shared_layers"),
        ("gemma3n", "\"altup_active_idx\": 0", "\"altup_active_idx\": 1", "altup_active_idx"),
        ("gemma3n", "0.95,", "1.0,", "activation_sparsity_pattern"),
        (
            "gemma4", "\"use_bidirectional_attention\": null", "\"use_bidirectional_attention\": \"all\"",
            "bidirectional"
        ),
        ("gemma4-experts", "\"top_k_experts\": 2", "\"top_k_experts\": 5", "top_k_experts"),
        ("gemma4", "\"attention_bias\": false", "\"attention_bias\": true", "attention_bias"),
    ]) func `what a file cannot say is named`(name: String, old: String, new: String, named: String) throws {
        let folder = try ModelFolderCopy(name)
        try folder.replace(old, by: new, in: "config.json")
        let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
        #expect(error?.description.contains(named) == true, "\(String(describing: error))")
    }
}
