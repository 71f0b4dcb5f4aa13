import Audio
import Foundation
import TestSupport
import Testing

/// Against Hugging Face's feature extractor: `Fixtures/golden/make_mels.py`.
@Suite struct MelTests {
    struct Reference: Decodable, Sendable, CustomTestStringConvertible {
        let signal: String
        let bands: Int
        let frames: [Int]
        let values: [[Float]]

        var testDescription: String { "\(signal), \(bands) bands" }
    }

    static let references: [Reference] = {
        let data = try? Data(contentsOf: URL(filePath: Fixtures.path("golden/mels.json")))
        return data.flatMap { try? JSONDecoder().decode([Reference].self, from: $0) } ?? []
    }()

    /// The script's results.
    private func sweep() -> [Float] {
        var state: UInt32 = 1
        return (0..<48_000).map { n in
            state = state &* 1_664_525 &+ 1_013_904_223
            let isLoud = !(20_000..<26_000).contains(n)
            let noise = (Double(state) / 4_294_967_296 - 0.5) * 0.01
            let position = Double(n)
            return isLoud ? Float(0.5 * sin(2 * Double.pi * position * (100 + position * 0.06) / 16_000) + noise) : 0
        }
    }

    private func speech() throws -> [Float] {
        var reader = try AudioReader(path: SharedData.path("whisper/jfk.wav"))
        var samples: [Float] = []
        try reader.read(.max / 4, into: &samples)
        return samples
    }

    @Test func `there are references`() { #expect(Self.references.count == 4) }

    @Test(arguments: references.filter { $0.signal == "sweep" })
    func `a synthetic sound's spectrogram is Hugging Face's`(reference: Reference) throws {
        try check(sweep(), reference)
    }

    @Test(
        .enabled(if: SharedData.isPresent, "\(SharedData.absent)"), arguments: references.filter { $0.signal == "jfk" })
    func `speech's spectrogram is Hugging Face's`(reference: Reference) throws {
        try check(speech(), reference)
    }

    private func check(_ samples: [Float], _ reference: Reference) throws {
        for pieces in [samples.count, 1_000, 37] {
            var mel = MelSpectrogram(try #require(MelFilters.slaney(bands: reference.bands)))
            for start in stride(from: 0, to: samples.count, by: pieces) {
                mel.append(samples[start..<min(start + pieces, samples.count)].span)
            }
            mel.finish()
            let window = mel.window(from: 0, count: 3_000)
            for (frame, expected) in zip(reference.frames, reference.values) {
                let found = (0..<reference.bands).map { window[$0 * 3_000 + frame] }
                #expect(Divergence.largestDifference(found, expected) < 1e-4, "frame \(frame)")
            }
        }
    }

    @Test func `forgotten frames change no later window`() throws {
        var whole = MelSpectrogram(try #require(MelFilters.slaney(bands: 80)))
        whole.append(sweep().span)
        whole.finish()
        var part = whole
        part.discard(before: 120)
        #expect(part.window(from: 150, count: 100) == whole.window(from: 150, count: 100))
        #expect(part.firstFrame == 120 && part.frameCount == whole.frameCount)
    }

    @Test func `silence and nothing at all have windows`() throws {
        var mel = MelSpectrogram(try #require(MelFilters.slaney(bands: 80)))
        mel.finish()
        #expect(mel.window(from: 0, count: 10).allSatisfy { $0 == -1.5 })
        var silence = MelSpectrogram(try #require(MelFilters.slaney(bands: 80)))
        silence.append([Float](repeating: 0, count: 16_000).span)
        silence.finish()
        #expect(silence.window(from: 0, count: 100).allSatisfy { $0 == -1.5 })
    }

    @Test(.enabled(if: SharedData.isPresent, "\(SharedData.absent)"))
    func `the filters are those of OpenAI's files`() throws {
        // A ggml file: magic, eleven numbers, then two sizes and the filters.
        let bytes = try Data(contentsOf: URL(filePath: SharedData.path("whisper/for-tests-ggml-tiny.bin")))
        let expected = (0..<80 * 201).map { index in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[56 + 4 * index + $1]) << UInt32(8 * $1) })
        }
        let found = try #require(MelFilters.slaney(bands: 80)).values
        #expect(Divergence.largestDifference(found, expected) < 1e-6)
    }
}
