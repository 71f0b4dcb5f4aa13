import Audio
import TestSupport
import Testing

@Suite struct WaveTests {
    private func read(_ bytes: [UInt8], raw: AudioFormat? = nil, at once: Int = 7) throws -> [Float] {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes, to: "sound.wav")
        var reader = try AudioReader(path: path, raw: raw)
        var samples: [Float] = []
        while true {
            let before = samples.count
            try reader.read(once, into: &samples)
            if samples.count == before { return samples }
        }
    }

    private func failure(_ bytes: [UInt8]) throws -> AudioError? {
        #expect(throws: AudioError.self) { try read(bytes) }
    }

    @Test(
        arguments: [
            (1, 8, [0, 128, 192] as [UInt8], [-1, 0, 0.5] as [Float]),
            (1, 16, [0, 0x80, 0, 0, 0, 0x40], [-1, 0, 0.5]),
            (1, 24, [0, 0, 0x80, 0, 0, 0, 0, 0, 0x40], [-1, 0, 0.5]),
            (1, 32, [0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40], [-1, 0, 0.5]),
            (3, 32, RawGGUF.little(Float(-1).bitPattern) + RawGGUF.little(Float(0.25).bitPattern), [-1, 0.25]),
            (3, 64, RawGGUF.little((-1.0).bitPattern) + RawGGUF.little(0.25.bitPattern), [-1, 0.25]),
        ] as [(UInt16, UInt16, [UInt8], [Float])])
    func `every encoding gives its samples`(code: UInt16, bits: UInt16, bytes: [UInt8], expected: [Float]) throws {
        #expect(try read(WaveFile(code: code, bits: bits, samples: bytes).bytes) == expected)
    }

    @Test func `channels become their mean, for any size of pieces`() throws {
        let samples =
            (0..<8).flatMap { RawGGUF.little(Int16($0 * 100)) } + (0..<8).flatMap { _ in RawGGUF.little(Int16(80)) }
        let bytes = WaveFile(channels: 8, rate: 192_000, samples: samples).bytes
        for once in [1, 2, 100] { #expect(try read(bytes, at: once) == [350 / 32_768, 80 / 32_768]) }
    }

    @Test func `other chunks, odd ones too, are passed over`() throws {
        let extra = Array("LIST".utf8) + RawGGUF.little(UInt32(3)) + [1, 2, 3, 0]
        #expect(try read(WaveFile(samples: [0, 0x40], extra: extra).bytes) == [0.5])
    }

    @Test func `a stream's unknown size means until the end`() throws {
        #expect(try read(WaveFile(samples: [0, 0x40, 1], dataSize: .max).bytes) == [0.5])
        #expect(try read(WaveFile(samples: []).bytes) == [])
    }

    @Test func `raw samples need their form`() throws {
        let format = try AudioFormat(sampleRate: 8_000, channels: 2, sample: .s16le)
        #expect(try read([0, 0x40, 0, 0], raw: format) == [0.25])
        #expect(throws: AudioError.self) { try read([0, 0x40, 0], raw: format) }
    }

    @Test(arguments: [
        (WaveFile(channels: 0), "channels"), (WaveFile(channels: 65), "channels"), (WaveFile(rate: 0), "sample rate"),
        (WaveFile(rate: .max), "sample rate"), (WaveFile(bits: 12), "encoding"),
        (WaveFile(code: 7, bits: 8), "encoding"),
        (WaveFile(frameBytes: 3), "frames of 3 bytes"), (WaveFile(samples: [1, 2, 3]), "whole number"),
        (WaveFile(samples: [1, 2], dataSize: 4), "promises 4 bytes"),
        (WaveFile(samples: [1, 2], dataSize: .max - 1), "promises"),
        (WaveFile(extra: Array("fmt ".utf8) + RawGGUF.little(UInt32.max)), "chunk"),
        (WaveFile(extra: Array("data".utf8) + RawGGUF.little(UInt32(0))), "before their format"),
        (WaveFile(code: 3, bits: 32, samples: RawGGUF.little(Float.nan.bitPattern)), "not a number"),
    ])
    func `a header that lies is an error that says so`(file: WaveFile, message: String) throws {
        let error = try #require(try failure(file.bytes))
        #expect("\(error)".contains(message), "\(error)")
    }

    @Test func `no truncation and no changed byte crashes`() throws {
        let good = WaveFile(channels: 2, samples: [UInt8](repeating: 7, count: 40)).bytes
        for count in 0..<good.count { _ = try? read(Array(good[..<count])) }
        var random = SeededRandom(seed: 3)
        for _ in 0..<2_000 {
            var bytes = good
            for _ in 0..<3 { bytes[Int.random(in: 0..<44, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            _ = try? read(bytes)
        }
    }

    @Test func `what is no sound says what to do`() throws {
        #expect("\(try #require(try failure(Array("OggS".utf8))))".contains("ffmpeg"))
        #expect("\(try #require(try failure([])))".contains("not a WAV file"))
        let error = #expect(throws: AudioError.self) { _ = try AudioReader(path: "/nonexistent/a.wav") }
        #expect("\(try #require(error))".contains("/nonexistent/a.wav"))
    }
}
