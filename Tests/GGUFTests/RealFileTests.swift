import GGUF
import TestSupport
import Testing

/// A real file and what the Python package `gguf` says of it.
struct RealFile: CustomTestStringConvertible, Sendable {
    let name: String
    let keys: Int
    let tensors: Int
    let architecture: String
    let tokens: Int
    let lastToken: String
    let merges: Int?

    var testDescription: String { name }

    static let all: [RealFile] = [
        RealFile(
            name: "minilm/minilm-l6-v2-f16.gguf", keys: 73, tensors: 101, architecture: "bert", tokens: 30_522,
            lastToken: "\u{FF5E}", merges: nil),
        RealFile(
            name: "minilm/minilm-l6-v2-q8_0.gguf", keys: 73, tensors: 101, architecture: "bert", tokens: 30_522,
            lastToken: "\u{FF5E}", merges: nil),
        RealFile(
            name: "stories260K/stories260K-f32.gguf", keys: 23, tensors: 48, architecture: "llama", tokens: 512,
            lastToken: "\u{200A}", merges: nil),
        RealFile(
            name: "vocab/ggml-vocab-bert-bge.gguf", keys: 20, tensors: 0, architecture: "bert", tokens: 30_522,
            lastToken: "\u{FF5E}", merges: nil),
        RealFile(
            name: "vocab/ggml-vocab-gpt-2.gguf", keys: 16, tensors: 0, architecture: "gpt2", tokens: 50_257,
            lastToken: "<|endoftext|>", merges: 50_000),
        RealFile(
            name: "vocab/ggml-vocab-llama-bpe.gguf", keys: 20, tensors: 0, architecture: "llama", tokens: 128_256,
            lastToken: "<|reserved_special_token_250|>", merges: 280_147),
        RealFile(
            name: "vocab/ggml-vocab-llama-spm.gguf", keys: 22, tensors: 0, architecture: "llama", tokens: 32_000,
            lastToken: "\u{7ED9}", merges: nil),
        RealFile(
            name: "vocab/ggml-vocab-qwen2.gguf", keys: 20, tensors: 0, architecture: "qwen2", tokens: 151_936,
            lastToken: "[PAD151935]", merges: 151_387),
    ]
}

@Suite(.enabled(if: SharedData.isPresent, "\(SharedData.absent)")) struct RealFileTests {
    @Test(arguments: RealFile.all) func `a real file has the counts that the Python package reads`(
        expected: RealFile
    ) throws {
        let file = try GGUFFile(path: SharedData.path(expected.name))
        #expect(file.metadata.count == expected.keys)
        #expect(file.tensors.count == expected.tensors)
        #expect(try file.metadata.string("general.architecture") == expected.architecture)
        let tokens = try file.metadata.strings("tokenizer.ggml.tokens")
        #expect(tokens.count == expected.tokens)
        #expect(tokens.last == expected.lastToken)
        if let merges = expected.merges {
            #expect(try file.metadata.stringArray("tokenizer.ggml.merges").count == merges)
        }
    }

    @Test func `hyperparameters of a small Llama are read`() throws {
        let metadata = try GGUFFile(path: SharedData.path("stories260K/stories260K-f32.gguf")).metadata
        #expect(try metadata.int("llama.embedding_length") == 64)
        #expect(try metadata.ints("llama.attention.head_count_kv", perLayer: 5) == [4, 4, 4, 4, 4])
        #expect(try metadata.float("llama.rope.freq_base") == 10_000)
        #expect(try metadata.float("llama.attention.layer_norm_rms_epsilon") == 1e-5)
        #expect(try metadata.bool("tokenizer.ggml.add_bos_token"))
        #expect(try metadata.floats("tokenizer.ggml.scores").count == 512)
        #expect(try metadata.ints("tokenizer.ggml.token_type").prefix(5) == [2, 3, 3, 6, 6])
    }

    @Test func `tensors lie where the Python package finds them`() throws {
        let file = try GGUFFile(path: SharedData.path("minilm/minilm-l6-v2-q8_0.gguf"))
        let embedding = try #require(file.tensor(named: "token_embd.weight"))
        #expect(embedding.type == .Q8_0)
        #expect(embedding.dimensions == [384, 30_522])
        #expect(embedding.columns == 384 && embedding.rows == 30_522)
        #expect(embedding.byteCount == 12_452_976)
        #expect(embedding.offset == 1_425_984)
        #expect(
            file.bytes(of: embedding).array.prefix(8) == [0xC6, 0x0E, 0xD0, 0xF8, 0xDC, 0x1C, 0xF8, 0x1F])
        #expect(file.tensors.first?.name == "position_embd.weight")
        #expect(file.tensors.last?.name == "blk.5.layer_output_norm.weight")
        #expect(file.tensors.last?.offset == 25_283_776)
    }
}
