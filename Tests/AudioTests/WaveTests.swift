import Audio
import TestSupport
import Testing

@Suite struct WaveTests {
    private func read(_ bytes: [UInt8], raw: AudioFormat? = nil, at once: Int = 7) throws -> [Float] {
        try warned(bytes, raw: raw, at: once).samples
    }

    private func warned(
        _ bytes: [UInt8], raw: AudioFormat? = nil, at once: Int = 7
    ) throws -> (samples: [Float], warnings: [String]) {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes, to: "sound.wav")
        var reader = try AudioReader(path: path, raw: raw)
        var samples: [Float] = []
        while true {
            let before = samples.count
            try reader.read(once, into: &samples)
            if samples.count == before { return (samples, reader.warnings) }
        }
    }

    private func failure(_ bytes: [UInt8]) throws -> AudioError? {
        #expect(throws: AudioError.self) { try read(bytes) }
    }

    @Test func `channels become their mean, for any size of pieces`() throws {
        let samples =
            (0..<8).flatMap { RawGGUF.little(Int16($0 * 100)) } + (0..<8).flatMap { _ in RawGGUF.little(Int16(80)) }
        let bytes = WaveFile(channels: 8, rate: 192_000, samples: samples).bytes
        for once in [1, 2, 100] { #expect(try read(bytes, at: once) == [350 / 32_768, 80 / 32_768]) }
    }

    @Test func `raw samples need their form`() throws {
        let format = try AudioFormat(sampleRate: 8_000, channels: 2, sample: .s16le)
        #expect(try read([0, 0x40, 0, 0], raw: format) == [0.25])
        let (samples, warnings) = try warned([0, 0x40, 0, 0, 1], raw: format)
        #expect(samples == [0.25] && warnings.count == 1 && warnings[0].contains("its last 1 bytes are no whole frame"))
    }

    @Test(arguments: [
        (WaveFile(channels: 0), "0 channels are not possible"), (WaveFile(channels: 65), "65 channels"),
        (WaveFile(rate: 0), "a sample rate of 0 Hz"), (WaveFile(rate: .max), "a sample rate of 4294967295 Hz"),
        (WaveFile(bits: 0), "encoding 1 with 0 bits"), (WaveFile(bits: 65), "encoding 1 with 65 bits"),
        (WaveFile(code: 7, bits: 16), "encoding"), (WaveFile(code: 3, bits: 16), "encoding"),
        (WaveFile(code: 2, bits: 4), "encoding 2 with 4 bits"), (WaveFile(code: 17, validBits: 4), "encoding 17"),
        (WaveFile(frameBytes: 3), "frames of 3 bytes"),
        (WaveFile(extra: Array("fmt ".utf8) + RawGGUF.little(UInt32.max)), "ends within the chunk 'fmt '"),
        (WaveFile(extra: Array("fmt ".utf8) + RawGGUF.little(UInt32(3))), "the format has 3 bytes"),
        (WaveFile(extra: Array("LIST".utf8) + RawGGUF.little(UInt32.max)), "ends within the chunk 'LIST'"),
        (WaveFile(extra: Array("data".utf8) + RawGGUF.little(UInt32(0))), "before their format"),
        (
            WaveFile(code: 3, bits: 32, samples: RawGGUF.little(Float.nan.bitPattern)),
            "frame 0 is infinite or not a number"
        ),
    ])
    func `a header that lies is an error that says so`(file: WaveFile, message: String) throws {
        let error = try #require(try failure(file.bytes))
        #expect("\(error)".contains(message) && error.path?.hasSuffix("/sound.wav") == true, "\(error)")
        #expect("\(error)".hasPrefix(error.path ?? "?"), "\(error)")
    }

    @Test func `what is no sound says what to do`() throws {
        #expect("\(try #require(try failure(Array("OggS".utf8))))".contains("ffmpeg"))
        #expect("\(try #require(try failure([])))".contains("not a WAV file"))
        let error = #expect(throws: AudioError.self) { _ = try AudioReader(path: "/nonexistent/a.wav") }
        #expect("\(try #require(error))".contains("/nonexistent/a.wav"))
    }
}
