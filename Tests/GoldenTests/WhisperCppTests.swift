import Swiftlet
import TestSupport
import Testing

/// Files in whisper.cpp's own format against whisper.cpp (`Fixtures/golden/make_whisper_cpp.py`).
@Suite struct WhisperCppTests {
    struct Peer: Decodable {
        struct Model: Decodable, CustomTestStringConvertible {
            let seed: Int
            let spectrogramSeed: Int
            let tokens: [Token]

            var testDescription: String { "seed \(seed)" }
        }

        let prompt: [Token]
        let models: [Model]
    }

    static let peer = try? decode(Peer.self, Fixtures.path("golden/whisper_cpp.json"))

    @Test(arguments: peer?.models ?? [])
    func `greedy tokens are whisper.cpp's`(golden: Peer.Model) throws {
        let prompt = try #require(Self.peer?.prompt)
        let folder = try TemporaryFolder()
        var file = WhisperBin(seed: golden.seed)
        let model = try SpeechModel(path: folder.write(file.build(), to: "ggml-random.bin"))
        let tokens = model.tokens
        #expect([tokens.startOfTranscript, tokens.language("en"), tokens.transcribe, tokens.noTimestamps] == prompt)
        var session = try SpeechSession(model)
        let frames = 2 * model.audioContext
        try session.encode(
            mel: WhisperBin.spectrogram(seed: golden.spectrogramSeed, bands: model.melBands, frames: frames))
        try session.decode(prompt)
        var found: [Token] = []
        while found.count < golden.tokens.count {
            found.append(try #require(session.withLogits { $0.greatest }))
            try session.decode([found[found.count - 1]])
        }
        #expect(found == golden.tokens)
    }
}

extension Span<Float> {
    /// The index of the greatest element.
    var greatest: Token {
        var best = 0
        for index in indices where self[index] > self[best] { best = index }
        return Token(best)
    }
}
