import Conversion
import GGUF
import Quantization
import Safetensors
import TestSupport
import Testing

/// Folders that cannot be converted, and what is said about them.
@Suite struct ErrorTests {
    struct Change: Sendable, CustomTestStringConvertible {
        let model: String
        let file: String
        let old: String
        let new: String
        let answer: String

        init(_ model: String, _ file: String, _ old: String, _ new: String, answer: String) {
            self.model = model
            self.file = file
            self.old = old
            self.new = new
            self.answer = answer
        }

        var testDescription: String { "\(model)/\(file): \(new)" }
    }

    private static let config = "config.json"
    private static let changes = [
        Change(
            "llama", config, "LlamaForCausalLM", "MadeUpForCausalLM",
            answer:
                "models of the class \"MadeUpForCausalLM\" cannot be converted; known are Albert"
        ),
        Change(
            "llama", config, "\"hidden_size\": 32", "\"hidden_size\": -1",
            answer: "\"hidden_size\" must be a whole number"),
        Change(
            "llama", config, "\"hidden_size\": 32", "\"hidden_size\": 64",
            answer: "must have the shape [288, 64], found"),
        Change(
            "llama", config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3",
            answer: "\"layers.2.input_layernorm"),
        Change(
            "llama", config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1",
            answer: "unknown tensors, without which the model would compute something else: \"layers.1."),
        Change("llama", config, "\"silu\"", "\"gelu\"", answer: "the activation \"gelu\" is not supported"),
        Change(
            "llama", config, "\"llama3\"", "\"longrope\"",
            answer: "rope scaling of the kind \"longrope\" is not supported"),
        Change(
            "llama", config, "\"vocab_size\": 288", "\"vocab_size\": {}",
            answer: "\"vocab_size\" must be a whole number"),
        Change(
            "llama", config, "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3",
            answer: "\"num_key_value_heads\" must be a divisor of 4"),
        Change("llama", config, "{", "[", answer: "config.json: no JSON: byte"),
        Change(
            "llama", "model.safetensors.index.json", "model-00002-of-00002", "../model-00002-of-00002",
            answer: "must be the name of a file in this folder"),
        Change(
            "llama", "model.safetensors.index.json", "model-00002-of-00002", "model-00003-of-00002",
            answer: "model-00003-of-00002.safetensors: open: No such file"),
        Change(
            "llama", "tokenizer.json", #"\\p{N}{1,3}"#, #"\\p{N}{1,9}"#,
            answer: "the pre-tokenizer \"Split (?i:"),
        Change("llama", "tokenizer.json", "\"<|end|>\"", "5", answer: "lacks an id or a text"),
        Change("qwen2", config, "\"vocab_size\": 288", "\"vocab_size\": 287", answer: "must have the shape [287, 32]"),
        Change("gpt2", config, "\"gelu_new\"", "\"relu\"", answer: "the activation \"relu\" is not supported"),
        Change("bert", config, "\"gelu\"", "\"silu\"", answer: "the activation \"silu\" is not supported"),
        Change(
            "bert", config, "\"BertForMaskedLM\"", "\"BertForSequenceClassification\"",
            answer: "the tensor \"pooler.dense.weight\" is missing"),
        Change(
            "distilbert", config, "\"DistilBertModel\"", "\"DistilBertForSequenceClassification\"",
            answer: "the tensor \"pre_classifier.weight\" is missing"),
        Change(
            "bert", "tokenizer.json", "\"BertPreTokenizer\"", "\"Whitespace\"",
            answer: "\"Whitespace\" with WordPiece is not supported"),
        Change(
            "bert", "tokenizer.json", "\"mat\": 64", "\"mat\": 160",
            answer: "has the id 160, but the model has 160 tokens"),
        Change("bert", "tokenizer.json", "\"mat\": 64", "\"mat\": 63", answer: "two tokens have the id 63"),
        Change("distilbert", "modules.json", "1_Pooling", "../x", answer: "a module outside of the folder"),
        Change("whisper", config, "\"gelu\"", "\"relu\"", answer: "the activation \"relu\" is not supported"),
        Change(
            "whisper", config, "\"decoder_attention_heads\": 4", "\"decoder_attention_heads\": 3",
            answer: "\"decoder_attention_heads\" must be a divisor of 32"),
        Change(
            "whisper", config, "\"max_source_positions\": 100", "\"max_source_positions\": 1500",
            answer: "must have the shape [1500, 32], found [100, 32]"),
        Change(
            "whisper", config, "\"num_mel_bins\": 24", "\"num_mel_bins\": 80",
            answer: "preprocessor_config.json: \"feature_size\" must be 80, found 24"),
        Change(
            "whisper", "preprocessor_config.json", "\"hop_length\": 160", "\"hop_length\": 80",
            answer: "\"hop_length\" must be 160, found 80"),
        Change(
            "whisper", "generation_config.json", "\"alignment_heads\": [\n    [\n      0",
            "\"alignment_heads\": [\n    [\n      2",
            answer: "\"alignment_heads\" must be heads of 2 layers of 4"),
        Change(
            "whisper", "generation_config.json", "    3,\n    7,", "    \"a\",",
            answer: "\"suppress_tokens\" must be an array"),
        Change(
            "whisper", "tokenizer.json", "<|notimestamps|>", "<|notimes|>",
            answer: "<|endoftext|> to <|notimestamps|> are not among the tokens"),
    ]

    @Test(arguments: changes) func `what is wrong is named, and nothing is written`(change: Change) throws {
        let folder = try ModelFolderCopy(change.model)
        try folder.replace(change.old, by: change.new, in: change.file)
        let error = try #require(throws: ConversionError.self) { _ = try folder.converted() }
        #expect("\(error)".contains(change.answer), "\(error)")
        #expect(throws: GGUFError.self) { _ = try GGUFFile(path: folder.output) }
    }

    @Test(arguments: [
        ("config.json", "there is no config.json"),
        ("model.safetensors", "there is neither model.safetensors nor model.safetensors.index.json"),
        ("tokenizer.json", "there is no tokenizer.json, tokenizer.model, vocab.txt or vocab.json"),
    ])
    func `a missing file is named`(name: String, answer: String) throws {
        let folder = try ModelFolderCopy("bert")
        try folder.remove(name)
        let error = try #require(throws: ConversionError.self) { _ = try folder.converted() }
        #expect("\(error)".contains(answer))
    }

    @Test func `weights in another format are named`() throws {
        let folder = try ModelFolderCopy("bert")
        try folder.remove("model.safetensors")
        try folder.write("", as: "pytorch_model.bin")
        let error = try #require(throws: ConversionError.self) { _ = try folder.converted() }
        #expect("\(error)".contains("the weights are in pytorch_model.bin"))
    }

    @Test func `integers are no weights, and infinity is none`() throws {
        let folder = try ModelFolderCopy("gpt2")
        let path = folder.path("model.safetensors")
        let bytes = try SafetensorsFile(path: path).tensors
        let first = try #require(bytes.first)
        var data = try TestBytes.read(path)
        data.replaceSubrange(first.bytes.lowerBound..<first.bytes.lowerBound + 2, with: [0x00, 0x7C])
        try folder.write(data, as: "model.safetensors")
        let error = try #require(throws: ConversionError.self) { _ = try folder.converted() }
        #expect("\(error)".contains("(F16) has the weight inf in row 0, column 0: the model is damaged"), "\(error)")

        let header = String(decoding: data, as: UTF8.self).contains("\"F16\"")
        #expect(header)
        try folder.write(TestBytes.replacing("\"F16\"", by: "\"I16\"", in: data), as: "model.safetensors")
        let other = try #require(throws: ConversionError.self) { _ = try folder.converted() }
        #expect("\(other)".contains("has I16 elements; F64, F32, F16 and BF16 can be converted"))
    }

    @Test func `the output may be none of the weights' files, and stopping leaves nothing`() throws {
        let folder = try ModelFolderCopy("gpt2")
        let converter = try ModelConverter(folder: folder.path, type: .f16)
        let weights = folder.path("model.safetensors")
        let error = try #require(throws: ConversionError.self) {
            try converter.write(to: weights, threads: 1) { _, _ in true }
        }
        #expect("\(error)".contains("the output would replace its own input"))
        #expect(throws: ConversionError.self) { try converter.write(to: folder.output, threads: 1) { _, _ in false } }
        #expect(throws: GGUFError.self) { _ = try GGUFFile(path: folder.output) }
    }
}
