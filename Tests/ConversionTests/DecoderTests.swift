import Conversion
import Foundation
import GGUF
import JSON
import Quantization
import Swiftlet
import TestSupport
import Testing
import Tokenizers

/// Decoders as transformers saves them, against what transformers computes (`Fixtures/conversion/README.md`).
@Suite struct DecoderTests {
    struct Expected: Decodable {
        let texts: [String]
        let ids: [[Token]]
        /// Of the last two tokens of the first text.
        let logits: [[Float]]

        init(_ name: String) throws {
            self = try JSONDecoder().decode(
                Self.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("\(name).json"))))
        }
    }

    static let mixtures = [
        "mixtral", "qwen2moe", "qwen3moe", "gpt-oss", "gpt-oss-mxfp4", "deepseek-v2", "deepseek-v3", "olmoe",
        "granitemoe", "phimoe", "glm4moe", "ernie4_5-moe", "hunyuan-moe", "dots1", "llama4", "deepseek", "bailingmoe",
        "qwen3next", "qwen35moe",
    ]
    static let dense = [
        "phi2", "falcon", "falcon-40b", "gptneox", "gptneox-sequential", "nemotron", "bloom", "mpt", "starcoder",
        "starcoder-heads", "gptj", "command-r", "cohere2", "exaone", "exaone4", "glm4", "glm", "stablelm",
        "stablelm-parallel", "olmo", "seed-oss", "ernie4_5", "hunyuan-dense", "mistral3", "qwen2vl", "qwen3vl",
        "internlm2", "minicpm", "xverse", "orion", "gemma3n", "gemma4", "gemma4-experts", "baichuan", "codeshell",
        "chatglm", "llama-dynamic",
    ]
    /// State spaces by heads, and layers of several kinds.
    static let hybrids = [
        "mamba2", "lfm2", "lfm2moe", "falcon-h1", "falcon-h1-plain", "granitehybrid", "granitehybrid-dense",
        "nemotron_h", "nemotron_h_moe", "jamba", "granite4-attention",
    ]
    static let names =
        mixtures + hybrids + [
            "llama", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "gpt2", "mistral", "phi3", "olmo3", "granite",
            "smollm3", "starcoder2", "mamba", "falcon-mamba", "minicpm3", "qwen35", "qwen35-vision", "rwkv6", "rwkv7",
        ] + dense

    @Test(arguments: names) func `logits are those of transformers`(name: String) throws {
        let folder = try ModelFolderCopy(name)
        _ = try folder.converted()
        let expected = try Expected(name)
        let model = try Model(path: folder.output)
        var options = SessionOptions()
        options.cacheType = .f32
        var session = try Session(model, options)
        var rows: [[Float]] = []
        try session.append(expected.ids[0]) { _, row in rows.append(row.indices.map { row[$0] }) }
        for (found, exact) in zip(rows.suffix(2), expected.logits) {
            let most = zip(found, exact).map { abs($0 - $1) }.max() ?? .infinity
            #expect(found.count == exact.count && most < 1e-4, "\(most)")
        }
    }

    @Test(arguments: names) func `texts have the ids of Hugging Face's tokenizers`(name: String) throws {
        let folder = try ModelFolderCopy(name)
        _ = try folder.converted()
        let expected = try Expected(name)
        let model = try Model(path: folder.output)
        for (text, ids) in zip(expected.texts, expected.ids) {
            #expect(model.tokenize(text, addSpecial: false, parseSpecial: true) == ids, "\(text)")
        }
    }

    @Test(arguments: names) func `the type is that of the weights unless another is asked for`(name: String) throws {
        let folder = try ModelFolderCopy(name)
        let main: TensorType = ["llama", "gpt-oss-mxfp4"].contains(name) ? .BF16 : .F16
        let file = try folder.converted(to: nil)
        #expect(file.tensor(named: "token_embd.weight")?.type == main)
        let norm = name.hasPrefix("lfm2") ? "token_embd_norm" : "output_norm"
        if name != "olmo" { #expect(file.tensor(named: "\(norm).weight")?.type == .F32) }
        #expect(try file.metadata.int("general.file_type") == (main == .BF16 ? 32 : 1))
        let small = try folder.converted(to: .q8_0, threads: 2)
        let isMixture = Self.mixtures.contains(name) || ["lfm2moe", "granitehybrid", "nemotron_h_moe"].contains(name)
        let matrix =
            name.hasPrefix("mamba") || name == "falcon-mamba"
            ? "ssm_in" : name.hasPrefix("rwkv") ? "channel_mix_key" : isMixture ? "ffn_up_exps" : "ffn_up"
        // Rows of 48, or of 16, are no blocks.
        let hasBlocks = !["bloom", "mpt", "gemma3n", "gemma4", "gemma4-experts", "nemotron_h_moe"].contains(name)
        let expected: TensorType = name == "gpt-oss-mxfp4" ? .MXFP4 : hasBlocks ? .Q8_0 : .F16
        #expect(small.tensor(named: "blk.1.\(matrix).weight")?.type == expected)
        #expect(try Model(path: folder.output).vocabularySize == 288)
    }

    @Test func `experts of four-bit floats stay as they are stored`() throws {
        let folder = try ModelFolderCopy("gpt-oss-mxfp4")
        let packed = try folder.converted(to: nil)
        let names = ["gate", "up", "down"].map { "blk.1.ffn_\($0)_exps.weight" }
        for name in names { #expect(packed.tensor(named: name)?.type == .MXFP4) }
        #expect(packed.tensor(named: "blk.1.attn_q.weight")?.type == .BF16)
        var decoder = try Quantizer("f32")
        decoder.allowsRequantizing = true
        _ = try decoder.quantize(folder.output, to: folder.path("decoded.gguf"))
        let decoded = try GGUFFile(path: folder.path("decoded.gguf"))
        let floats = try folder.converted(to: .f32)
        for name in names {
            #expect(floats.tensor(named: name)?.type == .F32)
            #expect(decoded.floats(name) == floats.floats(name))
        }
    }

    @Test func `quantizing at once gives the bytes of quantizing afterwards`() throws {
        let folder = try ModelFolderCopy("gpt2")
        _ = try folder.converted(to: .f32)
        let later = folder.path("later.gguf")
        _ = try Quantizer("q4_k_m").quantize(folder.output, to: later)
        let atOnce = try folder.converted(to: .q4_k_m)
        let file = try GGUFFile(path: later)
        #expect(file.tensors.map(\.type) == atOnce.tensors.map(\.type))
        for (one, other) in zip(file.tensors, atOnce.tensors) {
            let same = unsafe file.bytes(of: one).withUnsafeBytes { one in
                unsafe atOnce.bytes(of: other).withUnsafeBytes { unsafe one.elementsEqual($0) }
            }
            #expect(same, "\(one.name)")
        }
    }

    @Test func `keys are those of llama.cpp's files`() throws {
        let file = try ModelFolderCopy("llama").converted()
        let keys = file.metadata
        #expect(try keys.string("general.architecture") == "llama")
        #expect(try keys.int("llama.block_count") == 2)
        #expect(try keys.int("llama.context_length") == 64)
        #expect(try keys.int("llama.attention.head_count_kv") == 2)
        #expect(try keys.float("llama.rope.freq_base") == 100)
        #expect(try keys.int("llama.rope.dimension_count") == 8)
        #expect(try keys.string("tokenizer.ggml.pre") == "dbrx")
        #expect(try keys.int("tokenizer.ggml.eos_token_id") == 287)
        #expect(try keys.ints("tokenizer.ggml.token_type").last == 3)
        // Of the four pairs the fastest stays, the slowest is divided by the whole factor.
        let factors = file.floats("rope_freqs.weight")
        #expect(factors.count == 4 && factors.first == 8 || factors.last == 8)
    }

    @Test func `a window that a file cannot say ends the context`() throws {
        let folder = try ModelFolderCopy("qwen2")
        try folder.replace("\"sliding_window\": null", by: "\"sliding_window\": 48", in: "config.json")
        try folder.replace(
            "\"use_sliding_window\": false", by: "\"use_sliding_window\": true", in: "config.json")
        #expect(try folder.converted().metadata.int("qwen2.context_length") == 48)
        let keys = try ModelFolderCopy("mistral").converted().metadata
        #expect(try keys.int("llama.context_length") == 64 && keys.int("llama.attention.sliding_window") == 8)
    }

    @Test func `a vocabulary and merges in files of their own are as good as tokenizer.json`() throws {
        let folder = try ModelFolderCopy("gpt2")
        let whole = try folder.converted().metadata
        let model = try JSONParser.parse(folder.text("tokenizer.json"))["model"]
        let merges = try whole.strings("tokenizer.ggml.merges")
        try folder.remove("tokenizer.json")
        try folder.write(#require(model?["vocab"]).text, as: "vocab.json")
        try folder.write("#version: 0.2\n" + merges.joined(separator: "\n") + "\n", as: "merges.txt")
        try folder.write(#"{"<|end|>": 287}"#, as: "added_tokens.json")
        let keys = try folder.converted().metadata
        for key in ["tokens", "merges"].map({ "tokenizer.ggml.\($0)" }) {
            #expect(try keys.strings(key) == whole.strings(key))
        }
        #expect(try keys.ints("tokenizer.ggml.token_type") == whole.ints("tokenizer.ggml.token_type"))
        #expect(try keys.string("tokenizer.ggml.pre") == "gpt-2")
    }

    /// As GLM-4-9B was published.
    @Test func `a vocabulary of tiktoken is as good as tokenizer.json`() throws {
        let folder = try ModelFolderCopy("chatglm")
        let model = try JSONParser.parse(folder.text("tokenizer.json"))["model"]
        let alphabet = Dictionary(
            uniqueKeysWithValues: (UInt8.min...UInt8.max).map { byte in
                var text: [UInt8] = []
                ByteAlphabet().append(byte, to: &text)
                return (Character(String(decoding: text, as: UTF8.self)), byte)
            })
        let lines = try #require(model?["vocab"]?.members).filter { $0.name != "<|end|>" }.map { member in
            "\(Data(member.name.compactMap { alphabet[$0] }).base64EncodedString()) \(member.value.int ?? -1)\n"
        }
        try folder.remove("tokenizer.json")
        try folder.write(lines.joined(), as: "tokenizer.model")
        try folder.write(
            #"{"added_tokens_decoder": {"287": {"content": "<|end|>", "special": true}}, "eos_token": "<|end|>"}"#,
            as: "tokenizer_config.json")
        let keys = try folder.converted().metadata
        #expect(try keys.string("tokenizer.ggml.pre") == "glm4")
        let expected = try Expected("chatglm")
        let converted = try Model(path: folder.output)
        for (text, ids) in zip(expected.texts, expected.ids) {
            #expect(converted.tokenize(text, addSpecial: false, parseSpecial: true) == ids, "\(text)")
        }
        for (line, named) in [("AA== x\n", "line 2"), ("AA== 7\nAQ== 7\n", "two tokens"), ("AA== 288\n", "288")] {
            try folder.write("Ag== 1\n" + line, as: "tokenizer.model")
            let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
            #expect(error?.description.contains(named) == true, "\(String(describing: error))")
        }
    }

    @Test func `a chat template is found in each of its places`() throws {
        let folder = try ModelFolderCopy("qwen2")
        try folder.write("{{ a }}", as: "chat_template.jinja")
        #expect(try folder.converted().metadata.string("tokenizer.chat_template") == "{{ a }}")
        try folder.replace(
            "\"eos_token\"",
            by:
                #""chat_template": [{"name": "default", "template": "b"}, {"name": "tool", "template": "c"}], "eos_token""#,
            in: "tokenizer_config.json")
        let keys = try folder.converted().metadata
        #expect(try keys.string("tokenizer.chat_template") == "b")
        #expect(try keys.string("tokenizer.chat_template.tool") == "c")
        #expect(try keys.strings("tokenizer.chat_templates") == ["tool"])
    }
}
