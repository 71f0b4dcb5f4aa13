import Audio
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct VoiceActivityTests {
    private func speech(in samples: [Float]) throws -> [Range<Int>] {
        var mel = MelSpectrogram(try #require(MelFilters.slaney(bands: 80)))
        mel.append(samples.span)
        mel.finish()
        return VoiceActivity().speech(in: mel)
    }

    /// A buzz of a voice's kind: harmonics of 120 Hz that rise and fall four times a second.
    private func voice(seconds: Double) -> [Float] {
        (0..<Int(seconds * 16_000)).map { n in
            let t = Double(n) / 16_000
            let sum = (1...20).reduce(0.0) { $0 + sin(2 * Double.pi * 120 * Double($1) * t) / Double($1) }
            return Float(0.1 * sum * abs(sin(2 * Double.pi * 2 * t)))
        }
    }

    private func noise(seconds: Double, _ loudness: Float) -> [Float] {
        var random = SeededRandom(seed: 5)
        return (0..<Int(seconds * 16_000)).map { _ in Float.random(in: -loudness...loudness, using: &random) }
    }

    @Test func `silence and steady noise hold no speech`() throws {
        #expect(try speech(in: []).isEmpty)
        #expect(try speech(in: [Float](repeating: 0, count: 80_000)).isEmpty)
        for loudness in [0.001, 0.01, 0.1] as [Float] {
            #expect(try speech(in: noise(seconds: 20, loudness)).isEmpty, "\(loudness)")
        }
    }

    @Test(arguments: [0, 0.002, 0.01] as [Float]) func `speech is found where it is`(loudness: Float) throws {
        var samples = noise(seconds: 20, loudness)
        for (start, length) in [(3.0, 2.0), (12.0, 1.5)] {
            for (index, sample) in voice(seconds: length).enumerated() {
                samples[Int(start * 16_000) + index] += sample
            }
        }
        let found = try speech(in: samples)
        try #require(found.count == 2, "\(found)")
        for (range, expected) in zip(found, [300..<500, 1_200..<1_350]) {
            #expect(range.lowerBound <= expected.lowerBound && range.lowerBound > expected.lowerBound - 60, "\(range)")
            #expect(
                range.upperBound >= expected.upperBound - 15 && range.upperBound < expected.upperBound + 60, "\(range)")
        }
    }
}
