import Foundation
import TestSupport
import Testing

@Suite struct TranscribeTests {
    private struct Report: Decodable {
        struct Word: Decodable {
            let word: String
            let start: Double
            let end: Double
        }

        struct Segment: Decodable {
            let start: Double
            let end: Double
            let text: String
            let tokens: [Int]
            let words: [Word]?
        }

        let segments: [Segment]
        let language: String?
        let duration: Double
    }

    private static func model(in folder: borrowing TemporaryFolder) throws -> String {
        var file = WhisperBin(seed: 3)
        file.sizes = [100, 32, 2, 1, 128, 32, 2, 2]
        try folder.write(Data(file.build()), as: "nano.bin")
        return folder.path("nano.bin")
    }

    /// A WAV file of 16-bit samples.
    private func wave(_ frames: Int, channels: Int = 1, rate: Int = 16_000, declared: Int? = nil) -> Data {
        var random = SeededRandom(seed: 1)
        let samples = (0..<frames * channels).flatMap { _ in
            RawGGUF.little(UInt16(truncatingIfNeeded: Int.random(in: -9000...9000, using: &random)))
        }
        let size = UInt32(declared ?? samples.count)
        var bytes = Array("RIFF".utf8) + RawGGUF.little(36 &+ size) + Array("WAVEfmt ".utf8)
        bytes += RawGGUF.little(UInt32(16)) + RawGGUF.little(UInt16(1)) + RawGGUF.little(UInt16(channels))
        bytes += RawGGUF.little(UInt32(rate)) + RawGGUF.little(UInt32(rate * channels * 2))
        bytes += RawGGUF.little(UInt16(channels * 2)) + RawGGUF.little(UInt16(16))
        return Data(bytes + Array("data".utf8) + RawGGUF.little(size) + samples)
    }

    @Test func `a file's segments, words, language and duration`() async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        // 7.1 at 192 kHz, and standard input.
        for (name, sound) in [("a.wav", wave(192_000, channels: 8, rate: 192_000)), ("-", wave(16_000))] {
            if name != "-" { try folder.write(sound, as: name) }
            let result = try await CommandLineTool.run(
                "transcribe", "-m", model, name == "-" ? name : folder.path(name), "--format", "json", "--no-fallback",
                "--word-timestamps", "-t", "2", input: name == "-" ? sound : nil)
            #expect(result.status == 0, "\(result.errors)")
            let report = try result.decoded(Report.self)
            #expect(report.duration == 1 && report.language?.count == 2)
            #expect(report.segments.allSatisfy { $0.end <= 1 && !$0.tokens.isEmpty && $0.words != nil })
            #expect(result.errors.isEmpty)
        }
    }

    @Test func `raw samples and a file without a frame`() async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        let raw = try await CommandLineTool.run(
            "transcribe", "-m", model, "-", "--raw", "s16le", "--rate", "8000", "--channels", "2", "--format", "json",
            "--no-fallback", input: Data(wave(8_000, channels: 2).dropFirst(44)))
        #expect(try raw.status == 0 && raw.decoded(Report.self).duration == 1, "\(raw.errors)")
        try folder.write(wave(0), as: "empty.wav")
        let empty = try await CommandLineTool.run(
            "transcribe", "-m", model, folder.path("empty.wav"), "--format", "vtt")
        #expect(empty.status == 0 && empty.text == "WEBVTT\n\n", "\(empty.errors)")
    }

    @Test func `a file that ends early, and one that is no sound, are errors`() async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        try folder.write(wave(16_000).dropLast(9_000), as: "short.wav")
        try folder.write(Data("not a sound at all, but a text".utf8), as: "text.wav")
        for (name, problem) in [("short.wav", "promises"), ("text.wav", "not a WAV file"), ("none.wav", "open")] {
            let result = try await CommandLineTool.run("transcribe", "-m", model, folder.path(name), "--no-fallback")
            #expect(result.status == 1 && result.errors.contains(problem), "\(result.errors)")
        }
        let language = try await CommandLineTool.run(
            "transcribe", "-m", model, folder.path("short.wav"), "--language", "xx")
        #expect(language.status == 1 && language.errors.contains("it knows: en, zh, de"))
    }

    @Test(arguments: [
        UsageTests.Mistake("transcribe", "-m", "a", answer: "Missing expected argument '<files> ...'"),
        UsageTests.Mistake("transcribe", "a.wav", answer: "Missing expected argument '--model <path>'"),
        UsageTests.Mistake("transcribe", "-m", "a", "-", "-", answer: "standard input can be read once alone"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "--rate", "8000", answer: "use them with --raw s16le"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "c", "--format", "srt", answer: "srt is for one file"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "--beam", "0", answer: "use --beam with a number from 1"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "--language", "", answer: "use --language en, or auto"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "--audio-context", "0", answer: "use --audio-context with"),
    ])
    func `wrong usage is answered with what was wrong and what to type`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 64 && result.errors.contains(mistake.answer), "\(result.errors)")
    }
}
