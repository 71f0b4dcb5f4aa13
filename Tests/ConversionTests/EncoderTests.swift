import Conversion
import GGUF
import Safetensors
import Swiftlet
import TestSupport
import Testing

/// Encoders as transformers saves them: which tensor becomes which, and what the files say.
@Suite struct EncoderTests {
    /// Stored values of a tensor that is F32.
    private static func stored(_ folder: ModelFolderCopy, _ name: String) throws -> [Float] {
        let file = try SafetensorsFile(path: folder.path("model.safetensors"))
        let tensor = try #require(file.tensors.first { $0.name == name })
        return littleEndianFloats(file.bytes(of: tensor))
    }

    @Test(arguments: [
        ("token_embd.weight", "bert.embeddings.word_embeddings.weight"),
        ("token_types.weight", "bert.embeddings.token_type_embeddings.weight"),
        ("position_embd.weight", "bert.embeddings.position_embeddings.weight"),
        ("token_embd_norm.bias", "bert.embeddings.LayerNorm.bias"),
        ("blk.0.attn_q.weight", "bert.encoder.layer.0.attention.self.query.weight"),
        ("blk.1.attn_k.bias", "bert.encoder.layer.1.attention.self.key.bias"),
        ("blk.1.attn_v.weight", "bert.encoder.layer.1.attention.self.value.weight"),
        ("blk.0.attn_output.weight", "bert.encoder.layer.0.attention.output.dense.weight"),
        ("blk.0.attn_output_norm.weight", "bert.encoder.layer.0.attention.output.LayerNorm.weight"),
        ("blk.0.ffn_up.weight", "bert.encoder.layer.0.intermediate.dense.weight"),
        ("blk.1.ffn_down.weight", "bert.encoder.layer.1.output.dense.weight"),
        ("blk.1.layer_output_norm.bias", "bert.encoder.layer.1.output.LayerNorm.bias"),
        ("mlm.dense.weight", "cls.predictions.transform.dense.weight"),
        ("mlm.norm.weight", "cls.predictions.transform.LayerNorm.weight"),
        ("output.bias", "cls.predictions.bias"),
    ])
    func `BERT's tensors keep their values under GGUF's names`(name: String, source: String) throws {
        let folder = try ModelFolderCopy("bert")
        let file = try folder.converted()
        let values = file.floats(name)
        #expect(!values.isEmpty)
        #expect(try values == Self.stored(folder, source))
    }

    @Test func `BERT's file says what llama.cpp's would`() throws {
        let keys = try ModelFolderCopy("bert").converted().metadata
        #expect(try keys.string("general.architecture") == "bert")
        #expect(try keys.int("bert.context_length") == 24)
        #expect(try keys.float("bert.attention.layer_norm_epsilon") == 1e-12)
        #expect(try !keys.bool("bert.attention.causal"))
        #expect(try keys.string("tokenizer.ggml.model") == "bert")
        #expect(try keys.int("tokenizer.ggml.token_type_count") == 2)
        #expect(try keys.bool("tokenizer.ggml.normalizer.lowercase"))
        let tokens = try keys.strings("tokenizer.ggml.tokens")
        #expect(tokens.count == 160)
        #expect(tokens[..<6] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁a"])
        #expect(tokens[31] == "a" && tokens[61] == "▁the" && tokens[63] == "at" && tokens[159] == "[PAD159]")
        let kinds = try keys.ints("tokenizer.ggml.token_type")
        #expect(kinds[..<6] == [3, 3, 3, 3, 3, 1] && kinds[159] == 5)
        let ids = ["bos", "eos", "unknown", "seperator", "padding", "mask"]
        #expect(try ids.map { try keys.int("tokenizer.ggml.\($0)_token_id") } == [2, 3, 1, 3, 0, 4])
        #expect(
            try ["bos", "eos", "sep"].map { try keys.bool("tokenizer.ggml.add_\($0)_token") } == [true, true, false])
    }

    struct Spelling: Sendable, CustomTestStringConvertible {
        let model: String
        let text: String
        let ids: [Token]

        init(_ model: String, _ text: String, _ ids: [Token]) {
            self.model = model
            self.text = text
            self.ids = ids
        }

        var testDescription: String { "\(model): \(text)" }
    }

    /// The ids are those that Hugging Face's tokenizers give.
    @Test(arguments: [
        Spelling("bert", "the [MASK] sat", [2, 61, 4, 23, 63, 3]), Spelling("bert", "a[SEP]b", [2, 5, 3, 6, 3]),
        Spelling("bert", "[cls] x", [2, 1, 7, 42, 49, 1, 28, 3]), Spelling("bert", "[CLS]", [2, 2, 3]),
        Spelling("bert", "x [UNK] y", [2, 28, 1, 29, 3]), Spelling("bert", "[PAD]", [2, 0, 3]),
        Spelling("bert", "<s>", [2, 1, 23, 1, 3]), Spelling("roberta", "the <mask> sat", [0, 6, 4, 5, 27, 8, 2]),
        Spelling("roberta", "a</s>b", [0, 5, 9, 2, 5, 10, 2]), Spelling("roberta", "<s>", [0, 0, 2]),
        Spelling("roberta", "the\u{A0} <mask> .", [0, 6, 4, 5, 3, 2]),
        Spelling("roberta", " <pad> <unk>", [0, 1, 3, 2]), Spelling("roberta", "<MASK>", [0, 5, 3, 2]),
    ])
    func `special tokens that a text spells are those of Hugging Face`(_ spelling: Spelling) throws {
        let folder = try ModelFolderCopy(spelling.model)
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        var options = EmbedderOptions()
        options.pooling = .mean
        #expect(try Embedder(model, options).tokens(of: spelling.text) == spelling.ids)
        #expect(try Embedder(model, options).tokens(of: [spelling.text, "a"])[0] == spelling.ids)
        options.parsesSpecial = false
        let plain = try Embedder(model, options).tokens(of: spelling.text)
        #expect(plain == model.tokenize(spelling.text))
        #expect(plain.dropFirst().dropLast().allSatisfy { ![0, 2, 4].contains($0) })
    }

    @Test func `weights may be float64, and lie at any byte`() throws {
        let folder = try ModelFolderCopy("roberta")
        let expected = try folder.converted()
        let file = try SafetensorsFile(path: folder.path("model.safetensors"))
        var entries: [String] = []
        var data: [UInt8] = []
        for tensor in file.tensors {
            let begin = data.count
            for value in littleEndianFloats(file.bytes(of: tensor)) { Double(value).encode(into: &data) }
            entries.append(
                #""\#(tensor.name)":{"dtype":"F64","shape":\#(tensor.shape),"data_offsets":[\#(begin),\#(data.count)]}"#
            )
        }
        let header = "{" + entries.joined(separator: ",") + "}"
        try folder.write(safetensors(header) + data, as: "model.safetensors")
        let wide = try folder.converted()
        let narrow = try ModelFolderCopy("roberta")
        let bytes = try TestBytes.read(narrow.path("model.safetensors"))
        let length = Int(bytes[0]) | Int(bytes[1]) << 8
        let text = String(decoding: bytes[8..<8 + length], as: UTF8.self) + " "
        try narrow.write(safetensors(text) + bytes[(8 + length)...], as: "model.safetensors")
        let shifted = try narrow.converted()
        for tensor in expected.tensors {
            #expect(wide.floats(tensor.name) == expected.floats(tensor.name))
            #expect(shifted.floats(tensor.name) == expected.floats(tensor.name))
        }
    }

    @Test func `heads are left out on request`() throws {
        let file = try ModelFolderCopy("bert").converted(keepsHeads: false)
        #expect(!file.tensors.contains { $0.name.hasPrefix("mlm.") || $0.name == "output.bias" })
        #expect(!file.metadata.contains("bert.pooling_type"))
    }

    @Test func `RoBERTa's positions begin after padding's, and its classifier is kept`() throws {
        let folder = try ModelFolderCopy("roberta")
        let file = try folder.converted()
        let positions = try Self.stored(folder, "roberta.embeddings.position_embeddings.weight")
        #expect(file.floats("position_embd.weight") == Array(positions[(2 * 32)...]))
        #expect(try file.metadata.int("bert.context_length") == 24)
        #expect(try file.floats("cls.weight") == Self.stored(folder, "classifier.dense.weight"))
        #expect(try file.floats("cls.output.weight") == Self.stored(folder, "classifier.out_proj.weight"))
        #expect(try file.metadata.strings("bert.classifier.output_labels") == ["LABEL_0", "LABEL_1", "LABEL_2"])
        #expect(try file.metadata.int("bert.pooling_type") == 4)
        let keys = file.metadata
        #expect(try keys.string("tokenizer.ggml.model") == "t5")
        #expect(try keys.strings("tokenizer.ggml.tokens")[..<6] == ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "▁"])
        #expect(try keys.ints("tokenizer.ggml.token_type")[..<6] == [3, 3, 3, 2, 3, 1])
        #expect(try keys.floats("tokenizer.ggml.scores")[5] == -2)
        #expect(try ["bos", "eos", "sep"].allSatisfy { try keys.bool("tokenizer.ggml.add_\($0)_token") })
        #expect(try keys.bool("tokenizer.ggml.add_space_prefix"))
        #expect(try keys.strings("tokenizer.huggingface.steps") == ["WhitespaceSplit", "Metaspace"])
    }

    @Test func `DistilBERT has its own names, and a sidecar says how to pool`() throws {
        let folder = try ModelFolderCopy("distilbert")
        let file = try folder.converted()
        #expect(
            try file.floats("blk.1.attn_output.weight")
                == Self.stored(folder, "transformer.layer.1.attention.out_lin.weight"))
        #expect(try file.floats("blk.0.ffn_down.weight") == Self.stored(folder, "transformer.layer.0.ffn.lin2.weight"))
        #expect(file.tensor(named: "token_types.weight") == nil)
        #expect(try file.metadata.int("bert.pooling_type") == 1)
        #expect(try file.metadata.string("general.license") == "mit")
        #expect(try file.metadata.strings("general.languages") == ["en", "de"])
        #expect(try file.metadata.strings("general.tags") == ["tiny", "made up"])
    }

    @Test func `a vocabulary of lines is as good as tokenizer.json`() throws {
        let folder = try ModelFolderCopy("bert")
        let whole = try folder.converted().metadata
        let words = try whole.strings("tokenizer.ggml.tokens")
        let lines = words.prefix(65).map { word in
            word.hasPrefix("▁") ? String(word.dropFirst()) : word.hasPrefix("[") ? word : "##" + word
        }
        try folder.remove("tokenizer.json")
        try folder.write(lines.joined(separator: "\r\n") + "\r\n", as: "vocab.txt")
        let keys = try folder.converted().metadata
        #expect(try keys.strings("tokenizer.ggml.tokens")[..<65] == whole.strings("tokenizer.ggml.tokens")[..<65])
        #expect(try keys.ints("tokenizer.ggml.token_type")[..<65] == whole.ints("tokenizer.ggml.token_type")[..<65])
        #expect(try keys.bool("tokenizer.ggml.add_bos_token") && keys.bool("tokenizer.ggml.add_eos_token"))
        #expect(try keys.int("tokenizer.ggml.mask_token_id") == 4)
    }
}
