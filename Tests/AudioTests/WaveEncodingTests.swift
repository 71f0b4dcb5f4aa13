import Audio
import TestSupport
import Testing

/// Samples of every form, against values worked out from its definition.
@Suite struct WaveEncodingTests {
    private func read(_ file: WaveFile) throws -> [Float] {
        let folder = try TemporaryFolder()
        var reader = try AudioReader(path: folder.write(file.bytes, to: "sound.wav"))
        var samples: [Float] = []
        try reader.read(1_000, into: &samples)
        return samples
    }

    struct Form: CustomTestStringConvertible {
        var code: UInt16
        var bits: UInt16
        /// Little-endian.
        var samples: [[UInt8]]
        var values: [Float]

        var testDescription: String { "code \(code), \(bits) bits" }
    }

    static let forms = [
        Form(code: 1, bits: 8, samples: [[0], [128], [192]], values: [-1, 0, 0.5]),
        Form(code: 1, bits: 16, samples: [[0, 0x80], [1, 0], [0, 0x40]], values: [-1, 0x1p-15, 0.5]),
        Form(code: 1, bits: 24, samples: [[0, 0, 0x80], [1, 0, 0], [0, 0, 0x40]], values: [-1, 0x1p-23, 0.5]),
        // 24 bits of a float's mantissa: the last bit is rounded.
        Form(
            code: 1, bits: 32, samples: [[0, 0, 0, 0x80], [1, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0x7F]],
            values: [-1, 0x1p-31, 1]),
        Form(
            code: 1, bits: 64, samples: [[0, 0, 0, 0, 0, 0, 0, 0x80], [1, 0, 0, 0, 0, 0, 0, 0]],
            values: [-1, 0x1p-63]),
        Form(
            code: 3, bits: 32, samples: [-1, 0.1, 0x1p-140, 3].map { RawGGUF.little(Float($0).bitPattern) },
            values: [-1, 0.1, 0x1p-140, 3]),
        Form(
            code: 3, bits: 64, samples: [-1, 0.1, 3].map { RawGGUF.little(Double($0).bitPattern) },
            values: [-1, 0.1, 3]),
        Form(
            code: 6, bits: 8, samples: [[0xD5], [0x55], [0xAA], [0x2A]],
            values: [8, -8, 32_256, -32_256].map { $0 / 32_768 }),
        Form(
            code: 7, bits: 8, samples: [[0xFF], [0x7F], [0x80], [0]],
            values: [0, 0, 32_124, -32_124].map { $0 / 32_768 }),
        // The bits that count lie at the top of their bytes.
        Form(code: 1, bits: 4, samples: [[0], [0x80], [0xC0]], values: [-1, 0, 0.5]),
        Form(code: 1, bits: 12, samples: [[0, 0x80], [0x10, 0], [0, 0x40]], values: [-1, 0x1p-11, 0.5]),
        Form(code: 1, bits: 20, samples: [[0, 0, 0x80], [0x10, 0, 0], [0, 0, 0x40]], values: [-1, 0x1p-19, 0.5]),
    ]

    @Test(arguments: forms, ["RIFF", "RIFX"])
    func `every encoding gives its samples, in either order of bytes`(form: Form, container: String) throws {
        let samples = form.samples.flatMap { container == "RIFX" ? $0.reversed() : $0 }
        let file = WaveFile(container: container, code: form.code, bits: form.bits, samples: samples)
        #expect(try read(file) == form.values)
        var extensible = file
        extensible.validBits = form.bits
        #expect(try read(extensible) == form.values)
        var silent = file
        silent.frameBytes = 0
        #expect(try read(silent) == form.values)
    }

    @Test func `valid bits of an extensible format lie at the top of its samples`() throws {
        // 24 in 32, and 12 in 16 as some write it: with the bits that count in place of the container's.
        #expect(try read(WaveFile(bits: 32, validBits: 24, samples: [0, 1, 0, 0, 0, 0, 0, 0xC0])) == [0x1p-23, -0.5])
        #expect(try read(WaveFile(bits: 12, validBits: 12, samples: [0, 0xC0])) == [-0.5])
        #expect(try read(WaveFile(bits: 20, frameBytes: 4, samples: [0, 0, 0, 0xC0])) == [-0.5])
    }

    /// Writers of big-endian files put the numbers of the GUID in several orders.
    @Test func `an extensible format is known by its GUID`() throws {
        func place(_ file: WaveFile, _ code: [UInt8], at offset: Int = 44) -> [UInt8] {
            var bytes = file.bytes
            bytes.replaceSubrange(offset..<offset + code.count, with: code)
            return bytes
        }
        func values(_ bytes: [UInt8]) throws -> [Float] {
            let folder = try TemporaryFolder()
            var reader = try AudioReader(path: folder.write(bytes, to: "sound.wav"))
            var samples: [Float] = []
            try reader.read(1_000, into: &samples)
            return samples
        }
        let big = WaveFile(container: "RIFX", validBits: 16, samples: [0x40, 0])
        for code in [[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]] as [[UInt8]] {
            #expect(try values(place(big, code)) == [0.5])
        }
        let little = WaveFile(validBits: 16, samples: [0, 0x40])
        // Ambisonics' of AMB files.
        let ambisonic: [UInt8] = [1, 0, 0, 0, 0x21, 0x07, 0xD3, 0x11, 0x86, 0x44, 0xC8, 0xC1, 0xCA, 0, 0, 0]
        #expect(try values(place(little, ambisonic)) == [0.5])
        for code in [[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0, 1]] as [[UInt8]] {
            let error = #expect(throws: AudioError.self) { try values(place(little, code)) }
            #expect("\(try #require(error))".contains("the extensible format's encoding"))
        }
    }

    /// G.711's decision values: each code is the middle of its interval, and codes rise with what they stand for.
    @Test func `all codes of A-law and mu-law are in order and symmetric`() throws {
        let aLaw = try read(WaveFile(code: 6, bits: 8, samples: (0..<256).map { UInt8($0) ^ 0x55 }))
        let muLaw = try read(WaveFile(code: 7, bits: 8, samples: (0..<256).map { ~UInt8($0) }))
        for (values, negative) in [(aLaw, 0), (muLaw, 128)] {
            let positive = 128 - negative
            for code in 0..<128 {
                #expect(values[positive + code] == -values[negative + code])
                if code > 0 { #expect(values[positive + code] > values[positive + code - 1]) }
            }
        }
        // The steps double from segment to segment of 16 codes.
        for segment in 2..<8 {
            let scale = Float(1 << (segment - 1))
            #expect(aLaw[128 + 16 * segment + 1] - aLaw[128 + 16 * segment] == scale * 16 / 32_768)
            #expect(muLaw[16 * segment + 1] - muLaw[16 * segment] == scale * 16 / 32_768)
        }
    }
}
