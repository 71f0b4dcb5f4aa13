import Foundation
import TestSupport
import Testing

/// `Fixtures/speech.gguf` on spoken sentences that it was not trained on: `Fixtures/clips`.
@Suite struct SpeechFixtureTests {
    struct Clip: Decodable {
        struct Segment: Decodable {
            let start: Double
            let end: Double
            let text: String
        }

        let file: String
        let segments: [Segment]
    }

    private struct Report: Decodable { let segments: [Clip.Segment] }

    static let clips: [Clip] = {
        let data = try? Data(contentsOf: URL(filePath: Fixtures.path("clips/clips.json")))
        return data.flatMap { try? JSONDecoder().decode([Clip].self, from: $0) } ?? []
    }()

    @Test func `there are clips`() { #expect(Self.clips.count == 6) }

    /// Of the words of all clips, one in twenty may be wrong.
    @Test func `clips are heard as they were said, when they were said`() async throws {
        var words = 0
        var wrong = 0
        for clip in Self.clips {
            let result = try await CommandLineTool.run(
                "transcribe", "-m", Fixtures.path("speech.gguf"), Fixtures.path("clips/\(clip.file)"), "--format",
                "json")
            #expect(result.status == 0, "\(result.errors)")
            let found = try result.decoded(Report.self).segments
            try #require(found.count == clip.segments.count, "\(result.text)")
            for (found, said) in zip(found, clip.segments) {
                let expected = said.text.split(separator: " ")
                words += expected.count
                wrong += found.text.split(separator: " ").difference(from: expected).count
                #expect(abs(found.start - said.start) < 0.2 && abs(found.end - said.end) < 0.2, "\(found)")
            }
        }
        #expect(words > 40 && wrong * 20 <= words, "\(wrong) of \(words)")
    }

    @Test func `without a model the built-in one hears the same`() async throws {
        let clip = Fixtures.path("clips/two.wav")
        let found = try await CommandLineTool.run("transcribe", clip, "--format", "json", "-t", "1")
        let expected = try await CommandLineTool.run(
            "transcribe", "-m", Fixtures.path("speech.gguf"), clip, "--format", "json", "-t", "1")
        #expect(found.status == 0 && found.output == expected.output, "\(found.errors)")
        #expect(try found.decoded(Report.self).segments.count == 2)
    }

    @Test(arguments: [["--vad"], ["--beam", "3"], ["--vad", "--beam", "2", "--word-timestamps"], ["--no-timestamps"]])
    func `a clip is heard alike in other ways`(flags: [String]) async throws {
        let clip = try #require(Self.clips.first { $0.file == "timer.wav" })
        let result = try await CommandLineTool.run(
            ["transcribe", Fixtures.path("clips/timer.wav"), "--format", "json"] + flags)
        let text = try result.decoded(Report.self).segments.map(\.text).joined()
        let said = clip.segments.map(\.text).joined(separator: " ").split(separator: " ")
        #expect(text.split(separator: " ").difference(from: said).count <= 2, "\(text)")
    }

    /// 20 seconds of nothing, or of noise.
    @Test(arguments: [0, 40, 3000]) func `no speech has an end and no more than a few words`(level: Int) async throws {
        var random = SeededRandom(seed: 4)
        let samples = (0..<20 * 16_000).flatMap { _ in
            RawGGUF.little(UInt16(truncatingIfNeeded: level > 0 ? Int.random(in: -level...level, using: &random) : 0))
        }
        for flags in [[], ["--vad"]] {
            let result = try await CommandLineTool.run(
                ["transcribe", "-", "--raw", "s16le", "--format", "json"] + flags, input: Data(samples))
            #expect(result.status == 0, "\(result.errors)")
            let segments = try result.decoded(Report.self).segments
            #expect(segments.allSatisfy { 0 <= $0.start && $0.start <= $0.end && $0.end <= 20 })
            if level == 0 { #expect(segments.isEmpty, "\(segments)") }
        }
    }

    @Test func `errors of languages and tasks say what the model can`() async throws {
        let clip = Fixtures.path("clips/light.wav")
        for (flags, answer) in [
            (["--language", "xx"], "built-in speech model: the model does not know the language xx"),
            (["--language", "english"], "it knows: en, zh"),
            (["--audio-context", "1501"], "the model takes 1 to 1500"),
        ] {
            let result = try await CommandLineTool.run(["transcribe", clip] + flags)
            #expect(result.status == 1 && result.errors.contains(answer), "\(result.errors)")
        }
    }
}
