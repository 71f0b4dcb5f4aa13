import Conversion
import GGUF
import Quantization
import Swiftlet
import TestSupport
import Testing

/// whisper.cpp's files as GGUF.
@Suite struct WhisperConverterTests {
    @Test func `the GGUF file is bit-identical to whisper.cpp's file in what it computes`() throws {
        let folder = try TemporaryFolder()
        var builder = WhisperBin(seed: 9)
        let input = try folder.write(builder.build(), to: "ggml-model.bin")
        let output = folder.path("model.gguf")
        #expect(try WhisperConverter.reads(input))
        let converter = try WhisperConverter(path: input, type: nil)
        let tensors = try converter.write(to: output, threads: 1) { _, _ in true }
        #expect(tensors.allSatisfy { $0.isCopied })
        let file = try GGUFFile(path: output)
        #expect(try !WhisperConverter.reads(output))
        #expect(file.tensors.allSatisfy { $0.offset % 32 == 0 })
        #expect(try file.metadata.string("general.architecture") == "whisper")
        let models = try [input, output].map { try SpeechModel(path: $0) }
        #expect(models[0].tokens == models[1].tokens && models[0].melFilters == models[1].melFilters)
        let mel = WhisperBin.spectrogram(seed: 2, bands: 80, frames: 200)
        let results = try models.map { model in
            var session = try SpeechSession(model)
            try session.encode(mel: mel)
            try session.decode([50_258, 50_259, 50_359])
            return session.withLogits { row in row.indices.map { row[$0] } }
        }
        #expect(results[0] == results[1])
    }

    @Test func `weights are quantized on the way, but no convolution and no position`() throws {
        let folder = try TemporaryFolder()
        var builder = WhisperBin(seed: 9)
        let input = try folder.write(builder.build(), to: "ggml-model.bin")
        let converter = try WhisperConverter(path: input, type: .q8_0)
        _ = try converter.write(to: folder.path("model.gguf"), threads: 1) { _, _ in true }
        let file = try GGUFFile(path: folder.path("model.gguf"))
        let types = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.type) })
        #expect(types["dec.blk.0.cross_attn_k.weight"] == .Q8_0 && types["token_embd.weight"] == .Q8_0)
        #expect(types["enc.conv1d.1.weight"] == .F16 && types["enc.position_embd.weight"] == .F32)
        #expect(types["mel_filters"] == .F32)
        var session = try SpeechSession(SpeechModel(path: folder.path("model.gguf")))
        try session.encode(mel: WhisperBin.spectrogram(seed: 2, bands: 80, frames: 200))
        try session.decode([50_258])
    }
}
