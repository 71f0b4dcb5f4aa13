import Foundation
import TestSupport
import Testing

/// `Fixtures/speech.gguf` on spoken sentences that it was not trained on: `Fixtures/clips`.
@Suite struct SpeechFixtureTests {
    struct Clip: Decodable, CustomTestStringConvertible {
        struct Word: Decodable {
            let word: String
            let start: Double
            let end: Double
        }

        struct Segment: Decodable {
            let start: Double
            let end: Double
            let text: String
            let words: [Word]?
        }

        let file: String
        let segments: [Segment]

        var testDescription: String { file }
    }

    private struct Report: Decodable { let segments: [Clip.Segment] }

    static let clips: [Clip] = {
        let data = try? Data(contentsOf: URL(filePath: Fixtures.path("clips/clips.json")))
        return data.flatMap { try? JSONDecoder().decode([Clip].self, from: $0) } ?? []
    }()

    private func transcribe(_ clip: Clip, _ flags: String...) async throws -> [Clip.Segment] {
        let result = try await CommandLineTool.run(
            ["transcribe", "-m", Fixtures.path("speech.gguf"), Fixtures.path("clips/\(clip.file)"), "--format", "json"]
                + flags)
        #expect(result.status == 0, "\(result.errors)")
        return try result.decoded(Report.self).segments
    }

    private func isNear(_ time: Double, _ expected: Double, within seconds: Double) -> Bool {
        abs(time - expected) <= seconds
    }

    @Test func `there are clips`() { #expect(Self.clips.count == 6) }

    @Test(arguments: clips)
    func `clips are heard as they were said, when they were said`(clip: Clip) async throws {
        let found = try await transcribe(clip)
        try #require(found.map(\.text) == clip.segments.map { " " + $0.text })
        for (found, said) in zip(found, clip.segments) {
            let isTimed = isNear(found.start, said.start, within: 0.2) && isNear(found.end, said.end, within: 0.2)
            #expect(isTimed, "\(found)")
        }
    }

    /// Of the words of all clips, one in twenty may begin or end elsewhere.
    @Test func `words are found where they were said`() async throws {
        var count = 0
        var wrong: [Clip.Word] = []
        for clip in Self.clips {
            let found = try await transcribe(clip, "--word-timestamps").flatMap { $0.words ?? [] }
            let said = clip.segments.flatMap { $0.words ?? [] }
            try #require(found.map(\.word) == said.map { " " + $0.word })
            count += said.count
            wrong += zip(found, said).filter { found, said in
                !isNear(found.start, said.start, within: 0.15) || !isNear(found.end, said.end, within: 0.15)
            }.map(\.0)
        }
        #expect(count > 40 && wrong.count * 20 <= count, "\(wrong) of \(count)")
    }

    @Test(arguments: ["f16", "q8_0"]) func `words are found with every type of cache`(type: String) async throws {
        for clip in Self.clips {
            let expected = try await transcribe(clip, "--word-timestamps", "--kv-type", "f32").flatMap {
                $0.words ?? []
            }
            let found = try await transcribe(clip, "--word-timestamps", "--kv-type", type).flatMap { $0.words ?? [] }
            #expect(!expected.isEmpty && found.map(\.word) == expected.map(\.word))
            for (found, expected) in zip(found, expected) {
                let isTimed =
                    isNear(found.start, expected.start, within: 0.06) && isNear(found.end, expected.end, within: 0.06)
                #expect(isTimed, "\(found) is not \(expected)")
            }
        }
    }

    @Test(arguments: clips, ["1500", "512"])
    func `a longer window changes nothing`(clip: Clip, positions: String) async throws {
        let found = try await transcribe(clip, "--audio-context", positions)
        #expect(found.map(\.text) == clip.segments.map { " " + $0.text })
    }

    @Test func `windows are whole by default, and short on demand`() async throws {
        func output(_ flags: String...) async throws -> String {
            let result = try await CommandLineTool.run(
                ["transcribe", Fixtures.path("clips/timer.wav"), "--format", "json"] + flags)
            #expect(result.status == 0, "\(result.errors)")
            return result.text
        }
        let whole = try await output()
        #expect(try await output("--audio-context", "1500") == whole)
        // Probabilities tell that less was encoded.
        let short = try await output("--short-windows")
        #expect(short != whole)
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

    @Test(arguments: ["en", "English", "ENGLISH"]) func `a language has a code and a name`(name: String) async throws {
        struct Report: Decodable { let language: String }
        let result = try await CommandLineTool.run(
            "transcribe", Fixtures.path("clips/light.wav"), "--language", name, "--format", "json")
        #expect(try result.decoded(Report.self).language == "en", "\(result.errors)")
    }

    @Test func `errors of languages and tasks say what the model can`() async throws {
        let clip = Fixtures.path("clips/light.wav")
        for (flags, answer) in [
            (["--language", "xx"], "built-in speech model: the model does not know the language xx"),
            (["--language", "klingon"], "it knows: en, zh"),
            (["--audio-context", "1501"], "the model takes 1 to 1500"),
        ] {
            let result = try await CommandLineTool.run(["transcribe", clip] + flags)
            #expect(result.status == 1 && result.errors.contains(answer), "\(result.errors)")
        }
    }
}
