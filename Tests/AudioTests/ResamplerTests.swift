import Audio
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct ResamplerTests {
    private func resample(_ samples: [Float], from input: Int, to output: Int, pieces: Int = .max) throws -> [Float] {
        var resampler = try Resampler(from: input, to: output)
        var out: [Float] = []
        var start = 0
        while start < samples.count {
            let end = start + min(pieces, samples.count - start)
            resampler.resample(samples[start..<end].span, into: &out)
            start = end
        }
        resampler.finish(into: &out)
        return out
    }

    private func tone(_ frequency: Double, rate: Int, seconds: Double) -> [Float] {
        (0..<Int(seconds * Double(rate))).map { Float(sin(2 * Double.pi * frequency * Double($0) / Double(rate))) }
    }

    @Test(arguments: [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000, 16_001, 44_056])
    func `tones below the limit stay, those above go`(rate: Int) throws {
        let limit = Double(min(rate, 16_000)) / 2
        for share in [0.01, 0.3, 0.85] {
            let out = try resample(tone(share * limit, rate: rate, seconds: 0.5), from: rate, to: 16_000)
            #expect(abs(out.count - 8_000) <= 1)
            let expected = tone(share * limit, rate: 16_000, seconds: 0.5)
            // The ends meet the silence around.
            let worst = (400..<7_600).reduce(Float(0)) { max($0, abs(out[$1] - expected[$1])) }
            #expect(worst < 0.01, "\(share * limit) Hz at \(rate): \(worst)")
        }
        guard rate > 20_000 else { return }
        let out = try resample(tone(1.15 * limit, rate: rate, seconds: 0.5), from: rate, to: 16_000)
        #expect(out[400..<7_600].allSatisfy { abs($0) < 1e-3 })
    }

    @Test(arguments: [8_000, 44_100, 192_000, 44_057]) func `pieces make no difference`(rate: Int) throws {
        let sound = tone(440, rate: rate, seconds: 0.7)
        let whole = try resample(sound, from: rate, to: 16_000)
        for pieces in [1, 160, 1_001] {
            #expect(try resample(sound, from: rate, to: 16_000, pieces: pieces) == whole)
        }
    }

    @Test func `the same rate changes nothing, and nothing gives nothing`() throws {
        #expect(try resample([1, -1, 0.5], from: 16_000, to: 16_000) == [1, -1, 0.5])
        #expect(try resample([], from: 44_100, to: 16_000) == [])
        #expect(try resample([1], from: 1_000, to: 16_000).count == 16)
        #expect(throws: AudioError.sampleRate(0, path: nil)) { _ = try Resampler(from: 0, to: 16_000) }
    }
}
