import Swiftlet
import TestSupport
import Testing

/// A model attends to the same positions with every cache type, on every instruction set.
@Suite struct CacheTypeTests {
    private static let heads = [
        CrossAttentionHead(layer: 0, head: 0), CrossAttentionHead(layer: 1, head: 2),
        CrossAttentionHead(layer: 1, head: 1),
    ]

    /// `[heads, tokens, positions]` of a window whose positions are no multiple of what is unpacked together.
    private func weights(
        _ type: SessionOptions.CacheType, _ instructionSet: String, threads: Int
    ) throws -> CrossAttention {
        let model = try SpeechModel(path: Fixtures.path("speech.gguf"))
        var options = SpeechOptions()
        options.cacheType = type
        options.instructionSet = instructionSet
        options.threads = threads
        var session = try SpeechSession(model, options)
        let positions = 77
        let mel = WhisperBin.spectrogram(seed: 9, bands: model.melBands, frames: 2 * positions)
        try session.encode(mel: mel, audioContext: positions)
        let special = model.tokens
        let prompt = [special.startOfTranscript, special.transcribe, special.noTimestamps]
        return try session.crossAttention(
            of: prompt + model.tokenize(" set a timer for two minutes"), heads: Self.heads)
    }

    /// The share of its attention that a token turns elsewhere, 0 to 1; the greatest of all tokens and heads.
    private func moved(_ found: CrossAttention, _ expected: CrossAttention) -> Float {
        stride(from: 0, to: expected.weights.count, by: expected.positionCount).map { start in
            let row = start..<start + expected.positionCount
            return zip(found.weights[row], expected.weights[row]).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
        }.max() ?? .nan
    }

    @Test(arguments: InstructionSets.runnable) func `attention is that of a float32 cache`(
        instructionSet: String
    ) throws {
        let exact = try weights(.f32, instructionSet, threads: 1)
        #expect(exact.positionCount == 77 && exact.weights.count == exact.headCount * exact.tokenCount * 77)
        for (type, tolerance) in [(SessionOptions.CacheType.f32, Float(0)), (.f16, 0.02), (.q8_0, 0.04)] {
            for threads in [1, 3] {
                let found = try weights(type, instructionSet, threads: threads)
                try #require(found.weights.count == exact.weights.count)
                let moved = moved(found, exact)
                #expect(moved <= tolerance, "\(type): \(moved)")
            }
        }
    }

    @Test func `heads that blocks of a cache cannot hold are an error`() throws {
        var options = SpeechOptions()
        options.cacheType = .q8_0
        let model = try SpeechModel(path: Fixtures.path("models/whisper-f16.gguf"))
        let error = #expect(throws: SwiftletError.self) { _ = try SpeechSession(model, options) }
        #expect(error?.code == .invalidArgument && error?.message.contains("multiples of 32, found 16") == true)
    }
}
