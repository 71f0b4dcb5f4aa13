import GGUF
import TestSupport
import Testing
import WhisperFiles

/// Conversion of files in whisper.cpp's format.
@Suite struct WhisperFileTests {
    /// The vocabulary's sizes, and the ids of the end of a text, `<|startoftranscript|>` and `<|0.00|>`.
    @Test(arguments: [
        (51_864, 50_256, 50_257, 50_363), (51_865, 50_257, 50_258, 50_364), (51_866, 50_257, 50_258, 50_365),
    ])
    func `special tokens follow from the vocabulary's size`(size: Int, end: Int, start: Int, time: Int) throws {
        var builder = WhisperBin(seed: 1)
        builder.vocabularySize = size
        builder.melBands = size == 51_866 ? 128 : 80
        let folder = try TemporaryFolder()
        let file = try WhisperFile.open(path: folder.write(builder.start(), to: "model.bin"))
        let tokens = try file.metadata.strings("tokenizer.ggml.tokens")
        #expect(tokens.count == size)
        #expect(tokens[end] == "<|endoftext|>" && tokens[start] == "<|startoftranscript|>")
        #expect(tokens[start + 1] == "<|en|>" && tokens[time] == "<|0.00|>" && tokens[size - 1] == "<|30.00|>")
        #expect(tokens[time - 1] == "<|notimestamps|>")
        #expect(tokens.contains("<|yue|>") == (size == 51_866))
        #expect(tokens[0] == "!" && tokens[220] == "Ġ" && tokens[300] == "Ġt300")
        #expect(try file.metadata.int("tokenizer.ggml.eos_token_id") == end)
        #expect(try file.metadata.int("whisper.encoder.mels_count") == builder.melBands)
    }

    /// The heads whose attention follows the sound: the first and how many, as openai-whisper publishes them.
    @Test(arguments: [
        (51_864, [1500, 384, 6, 4, 448, 384, 6, 4], [1, 0], 8),
        (51_865, [1500, 512, 8, 6, 448, 512, 8, 6], [3, 1], 8),
        (51_865, [1500, 1024, 16, 24, 448, 1024, 16, 24], [13, 15], 6),
        (51_866, [1500, 1280, 20, 32, 448, 1280, 20, 32], [7, 0], 10),
        (51_866, [1500, 1280, 20, 32, 448, 1280, 20, 4], [2, 4], 6),
        (51_865, [1500, 1280, 20, 32, 448, 1280, 20, 2], [], 0),
    ])
    func `OpenAI's models are known by their sizes`(size: Int, sizes: [Int], first: [Int], count: Int) throws {
        var builder = WhisperBin(seed: 1)
        builder.vocabularySize = size
        builder.sizes = sizes
        let folder = try TemporaryFolder()
        let file = try WhisperFile.open(path: folder.write(builder.start(), to: "model.bin"))
        let heads = try file.metadata.ints("whisper.decoder.alignment_heads", default: [])
        #expect(Array(heads.prefix(2)) == first && heads.count == 2 * count)
        #expect(stride(from: 0, to: heads.count, by: 2).allSatisfy { heads[$0] < sizes[7] && heads[$0 + 1] < sizes[6] })
    }

    /// A tensor that cannot be read where it lies is copied; its values are the same wherever it lies.
    @Test(arguments: 0..<4) func `tensors lie anywhere`(shift: Int) throws {
        var builder = WhisperBin(seed: 1)
        builder.padding = shift
        _ = builder.start()
        builder.tensor("encoder.ln_post.weight", [64], false, 1)
        builder.tensor("decoder.token_embedding.weight", [8, 64], true, 1)
        let folder = try TemporaryFolder()
        let file = try WhisperFile.open(path: folder.write(builder.bytes, to: "model.bin"))
        for (name, size) in [("enc.output_norm.weight", 4), ("token_embd.weight", 2)] {
            let tensor = try #require(file.tensor(named: name))
            let bytes = file.bytes(of: tensor)
            let address = unsafe bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
            #expect(address % size == 0)
            let found = (0..<bytes.byteCount).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            let end = name == "token_embd.weight" ? builder.bytes.count : builder.bytes.count - 8 * 64 * 2 - 50
            #expect(found == Array(builder.bytes[end - found.count..<end]))
        }
    }
}
