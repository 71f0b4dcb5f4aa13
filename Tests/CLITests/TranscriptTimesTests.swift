import Foundation
import TestSupport
import Testing

/// Transcripts in all forms: times in order, and JSON that is whole whatever happens.
@Suite struct TranscriptTimesTests {
    private struct Report: Decodable {
        struct Part: Decodable {
            let start: Double
            let end: Double
        }

        struct Segment: Decodable {
            let start: Double
            let end: Double
            let text: String
            let words: [Part]?
        }

        let segments: [Segment]
        let error: String?
    }

    /// All clips one after the other, some of them cut short, and silence: more than a window.
    private static func samples() throws -> Data {
        var samples = Data()
        for round in 0..<2 {
            for name in ["two", "light", "timer", "number", "remind"] {
                let clip = try Data(contentsOf: URL(filePath: Fixtures.path("clips/\(name).wav"))).dropFirst(44)
                samples += clip.dropLast(round * 24_000)
            }
        }
        return samples + Data(count: 3_200)
    }

    private func isInOrder(_ parts: [(start: Double, end: Double)], from: Double = 0, to: Double) -> Bool {
        var last = from
        for part in parts {
            guard last <= part.start, part.start <= part.end else { return false }
            last = part.end
        }
        return last <= to
    }

    /// The times of a subtitle file's cues, in seconds.
    private func cues(_ text: String) -> [(start: Double, end: Double)] {
        text.split(separator: "\n").filter { $0.contains(" --> ") }.map { line in
            let times = line.replacing(",", with: ".").components(separatedBy: " --> ").map { time in
                time.split(separator: ":").reduce(0.0) { $0 * 60 + (Double($1) ?? .nan) }
            }
            return (times[0], times[1])
        }
    }

    @Test(arguments: [
        [], ["--word-timestamps"], ["--word-timestamps", "--no-timestamps"], ["--word-timestamps", "--vad"],
    ])
    func `segments and words are in order in every form`(flags: [String]) async throws {
        let folder = try TemporaryFolder()
        let samples = try Self.samples()
        try folder.write(samples, as: "long.raw")
        let duration = Double(samples.count) / 32_000
        var texts: [String: String] = [:]
        for format in ["json", "srt", "vtt"] {
            let result = try await CommandLineTool.run(
                ["transcribe", folder.path("long.raw"), "--raw", "s16le", "--format", format] + flags)
            #expect(result.status == 0, "\(result.errors)")
            texts[format] = result.text
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(texts["json", default: ""].utf8))
        let segments = report.segments.map { (start: $0.start, end: $0.end) }
        try #require(segments.count > (flags.contains("--no-timestamps") ? 0 : 8))
        #expect(isInOrder(segments, to: duration), "\(segments)")
        for segment in report.segments {
            guard let words = segment.words else {
                #expect(flags.isEmpty)
                continue
            }
            #expect(isInOrder(words.map { ($0.start, $0.end) }, from: segment.start, to: segment.end), "\(segment)")
            #expect(words.first?.start == segment.start && words.last?.end == segment.end)
        }
        for format in ["srt", "vtt"] {
            let found = cues(texts[format, default: ""])
            #expect(found.map(\.start) == segments.map(\.start) && found.map(\.end) == segments.map(\.end))
        }
    }

    /// The first window is written when the next one is found to be no sound.
    @Test func `JSON is whole when a sound fails behind its first window`() async throws {
        let folder = try TemporaryFolder()
        let clip = try Data(contentsOf: URL(filePath: Fixtures.path("clips/two.wav"))).dropFirst(44)
        let shorts = stride(from: clip.startIndex, to: clip.endIndex - 1, by: 2).map {
            Int16(truncatingIfNeeded: Int(clip[$0]) | Int(clip[$0 + 1]) << 8)
        }
        var floats = shorts.map { Float($0) / 32_768 } + [Float](repeating: 0, count: 32 * 16_000)
        floats.append(.nan)
        try folder.write(Data(floats.flatMap { RawGGUF.little($0.bitPattern) }), as: "long.raw")
        let path = folder.path("long.raw")
        let flags = ["--raw", "f32le", "--format", "json"]
        let one = try await CommandLineTool.run(["transcribe", path] + flags)
        #expect(one.status == 1)
        let report = try one.decoded(Report.self)
        #expect(report.segments.count == 2 && report.error?.hasPrefix("\(path): frame ") == true)
        let two = try await CommandLineTool.run(["transcribe", path, path] + flags)
        #expect(two.status == 1 && two.errors.contains("2 of 2 files have no transcript"))
        #expect(try two.decoded([Report].self).allSatisfy { $0.segments.count == 2 && $0.error == report.error })
    }
}
