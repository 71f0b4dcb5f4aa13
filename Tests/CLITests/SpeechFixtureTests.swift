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
}
