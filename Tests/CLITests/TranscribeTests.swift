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
        #expect(empty.errors == "swiftlet: warning: \(folder.path("empty.wav")): there are no samples\n")
    }

    #if os(Linux)
        /// Ten seconds, and a hundred, whose samples alone are 6 MB. The short ones may end before their peak is seen.
        @Test(arguments: [["--vad"], []]) func `memory does not grow with the sound`(flags: [String]) async throws {
            let folder = try TemporaryFolder()
            var peaks: [Int] = []
            for seconds in [10, 10, 10, 100] {
                try folder.write(Data(count: seconds * 32_000), as: "silence.raw")
                let tool = try CommandLineTool(
                    ["transcribe", folder.path("silence.raw"), "--raw", "s16le", "-t", "1"] + flags)
                var peak = 0
                let result = try await tool.finish { tool in
                    while tool.isRunning {
                        peak = max(peak, tool.peakResidentBytes ?? 0)
                        usleep(5_000)
                    }
                }
                #expect(result.status == 0, "\(result.errors)")
                peaks.append(peak)
            }
            let short = peaks.dropLast().max() ?? 0
            #expect(short > 1 << 20 && peaks[3] - short < 3 << 20, "\(peaks)")
        }
    #endif

    /// A header that promises more than there is: what is there counts.
    @Test func `a file that ends early is read as far as it goes, with a warning`() async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        try folder.write(wave(16_000).dropLast(9_000), as: "short.wav")
        let result = try await CommandLineTool.run(
            "transcribe", "-m", model, folder.path("short.wav"), "--no-fallback", "--format", "json")
        #expect(try result.status == 0 && result.decoded(Report.self).duration == 0.719, "\(result.errors)")
        #expect(
            result.errors
                == "swiftlet: warning: \(folder.path("short.wav")): the header promises 32000 bytes of samples, but 23000 "
                + "are there\n")
    }

    /// Sizes of writers that could not go back, and a frame that is cut off.
    @Test(arguments: [0, 0x7FFF_F000, 0xFFFF_FFFF]) func `a stream's size is until its end`(size: Int) async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        let result = try await CommandLineTool.run(
            "transcribe", "-m", model, "-", "--no-fallback", "--format", "json",
            input: wave(16_000, declared: size) + Data([1]))
        #expect(try result.status == 0 && result.decoded(Report.self).duration == 1, "\(result.errors)")
        #expect(result.errors.isEmpty)
    }

    @Test func `what is no sound is an error with the file's name`() async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        try folder.write(Data("not a sound at all, but a text".utf8), as: "text.wav")
        try folder.write(Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\n".utf8), as: "lfs.wav")
        try folder.write(wave(100, rate: 0), as: "rate.wav")
        try folder.write(wave(100, channels: 65), as: "channels.wav")
        for (name, problem) in [
            ("text.wav", "not a WAV file"), ("lfs.wav", "this is a Git LFS pointer"),
            ("none.wav", "open: No such file"), ("rate.wav", "a sample rate of 0 Hz"),
            ("channels.wav", "65 channels"),
        ] {
            let path = folder.path(name)
            let result = try await CommandLineTool.run("transcribe", "-m", model, path, "--format", "json")
            #expect(result.status == 1 && result.errors.contains("\(path): \(problem)"), "\(result.errors)")
            #expect(result.output.isEmpty)
        }
        let language = try await CommandLineTool.run(
            "transcribe", "-m", model, folder.path("text.wav"), "--language", "xx")
        #expect(language.status == 1 && language.errors.contains("it knows: en, zh, de"))
    }

    /// As whisper does: a file for each recording, even if others fail.
    @Test(arguments: ["txt", "json", "srt", "vtt", "tsv"])
    func `a folder gets a transcript for each file`(format: String) async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        for name in ["a.wav", "b.c.wav"] { try folder.write(wave(8_000), as: name) }
        try folder.write(Data("no sound".utf8), as: "none.wav")
        let sounds = ["a.wav", "none.wav", "b.c.wav"].map(folder.path)
        let result = try await CommandLineTool.run(
            ["transcribe", "-m", model, "--no-fallback", "--format", format, "-o", folder.path("new/out")] + sounds)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains("not a WAV file") && result.errors.contains("1 of 3 files have no transcript"))
        let found = try FileManager.default.contentsOfDirectory(atPath: folder.path("new/out")).sorted()
        #expect(found == ["a.\(format)", "b.c.\(format)"])
        let alone = try await CommandLineTool.run(
            "transcribe", "-m", model, "--no-fallback", "--format", format, folder.path("a.wav"))
        #expect(try alone.output == folder.read("new/out/a.\(format)"))
    }

    @Test func `a transcript does not take the place of its sound`() async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        try folder.write(wave(8_000), as: "a.txt")
        let result = try await CommandLineTool.run(
            "transcribe", "-m", model, folder.path("a.txt"), "-o", folder.path(""))
        #expect(
            result.status == 1 && result.errors.contains("its own input \(folder.path("a.txt"))"), "\(result.errors)")
        #expect(try folder.read("a.txt") == wave(8_000))
    }

    @Test func `JSON of several files is an array that names them`() async throws {
        struct Named: Decodable { let file: String }
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        for name in ["a.wav", "b.wav"] { try folder.write(wave(8_000), as: name) }
        let files = ["a.wav", "b.wav"].map(folder.path)
        let result = try await CommandLineTool.run(
            ["transcribe", "-m", model, "--no-fallback", "--format", "json"] + files)
        #expect(try result.decoded([Named].self).map(\.file) == files, "\(result.errors)")
        #expect(try result.decoded([Report].self).allSatisfy { $0.duration == 0.5 })
    }

    private struct Entry: Decodable {
        let file: String
        let segments: [Report.Segment]
        let duration: Double?
        let error: String?
    }

    /// Wherever they stand.
    @Test(arguments: [["bad", "a", "none"], ["a", "bad"], ["none", "bad"], ["a", "none", "b"]])
    func `JSON of several files is whole when some fail, and says why`(names: [String]) async throws {
        let folder = try TemporaryFolder()
        let model = try Self.model(in: folder)
        for name in ["a", "b"] { try folder.write(wave(8_000), as: name) }
        try folder.write(wave(8_000, rate: 0), as: "bad")
        let result = try await CommandLineTool.run(
            ["transcribe", "-m", model, "--no-fallback", "--format", "json"] + names.map(folder.path))
        let entries = try result.decoded([Entry].self)
        #expect(entries.map(\.file) == names.map(folder.path))
        for entry in entries {
            if let error = entry.error {
                #expect(error.hasPrefix(entry.file) && entry.duration == nil && entry.segments.isEmpty)
                #expect(result.errors.contains("error: \(error)\n"))
            } else {
                #expect(entry.duration == 0.5)
            }
        }
        let failed = names.count { ["bad", "none"].contains($0) }
        #expect(entries.count { $0.error != nil } == failed)
        #expect(result.status == 1 && result.errors.contains("\(failed) of \(names.count) files have no transcript"))
        let text = try await CommandLineTool.run(["transcribe", "-m", model, "--no-fallback"] + names.map(folder.path))
        #expect(text.status == 1 && text.errors == result.errors)
    }

    @Test(arguments: [
        UsageTests.Mistake("transcribe", "-m", "a", answer: "Missing expected argument '<files> ...'"),
        UsageTests.Mistake("transcribe", "-m", "", "b", answer: "use -m model.bin, or leave -m out"),
        UsageTests.Mistake("transcribe", "a/b.wav", "c/b.wav", "-o", "d", answer: "would have the same transcript"),
        UsageTests.Mistake("transcribe", "b", "-o", "", answer: "use --output-dir DIR, or leave it out"),
        UsageTests.Mistake("transcribe", "-m", "a", "-", "-", answer: "standard input can be read once alone"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "--rate", "8000", answer: "use them with --raw s16le"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "c", "--format", "srt", answer: "srt is for one file"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "--beam", "0", answer: "use --beam with a number from 1"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "--language", "", answer: "use --language en, or auto"),
        UsageTests.Mistake("transcribe", "-m", "a", "b", "--audio-context", "0", answer: "use --audio-context with"),
        UsageTests.Mistake(
            "transcribe", "b", "--audio-context", "9", "--short-windows", answer: "use one of them"),
    ])
    func `wrong usage is answered with what was wrong and what to type`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 64 && result.errors.contains(mistake.answer), "\(result.errors)")
    }
}
