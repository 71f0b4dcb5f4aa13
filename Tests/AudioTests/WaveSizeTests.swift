import Audio
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What WAV files hold, whatever their headers say.
@Suite struct WaveSizeTests: ~Copyable {
    private struct Found: Equatable {
        var samples: [Float]
        var frameCount: Int?
        var warnings: [String]
    }

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func read(_ bytes: [UInt8], at once: Int = 7) throws -> Found {
        try read(path: folder.write(bytes, to: "sound.wav"), at: once)
    }

    private func read(path: String, at once: Int = 7) throws -> Found {
        var reader = try AudioReader(path: path)
        var samples: [Float] = []
        while true {
            let before = samples.count
            try reader.read(once, into: &samples)
            if samples.count == before { break }
        }
        return Found(
            samples: samples, frameCount: reader.frameCount,
            warnings: reader.warnings.map { String($0.drop { $0 != ":" }.dropFirst(2)) })
    }

    private static let halves: [UInt8] = [0, 0x40, 0, 0xC0, 0, 0x20]

    /// sox's, arecord's and ffmpeg's, also in whole frames of three bytes or less a header.
    @Test(
        arguments: [0, 0x7FFF_F000, 0x7FFF_EFFF, 0x7FFF_FFFF, 0x7FFF_FFDB, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFDB],
        ["RIFF", "RIFX"])
    func `a stream's size means until the end`(size: UInt32, container: String) throws {
        let big = container == "RIFX"
        let samples = big ? [0x40, 0, 0xC0, 0, 0x20, 0] : Self.halves
        for rest in [[], [1]] as [[UInt8]] {
            let found = try read(WaveFile(container: container, samples: samples + rest, dataSize: size).bytes)
            #expect(found == Found(samples: [0.5, -0.5, 0.25], frameCount: 3, warnings: []))
        }
    }

    @Test(arguments: [7, 8, 100, 0x7FFF_0000, 0x8000_0001, 0xFFFF_0000] as [UInt32])
    func `a size that promises more than there is gives what is there, and a warning`(size: UInt32) throws {
        let found = try read(WaveFile(samples: Self.halves, dataSize: size).bytes)
        #expect(
            found
                == Found(
                    samples: [0.5, -0.5, 0.25], frameCount: 3,
                    warnings: ["the header promises \(size) bytes of samples, but 6 are there"]))
    }

    @Test func `an incomplete last frame is left out`() throws {
        #expect(try read(WaveFile(samples: Self.halves + [9]).bytes).samples == [0.5, -0.5, 0.25])
        let stereo = try read(WaveFile(channels: 2, samples: Self.halves).bytes)
        #expect(stereo == Found(samples: [0], frameCount: 1, warnings: []))
        // The size tells of an incomplete frame, and a chunk follows.
        let file = WaveFile(samples: Self.halves, dataSize: 5, behind: WaveFile().chunk("LIST", [1, 2, 3, 4]))
        #expect(try read(file.bytes) == Found(samples: [0.5, -0.5], frameCount: 2, warnings: []))
    }

    @Test func `a file without samples says so`() throws {
        let none = Found(samples: [], frameCount: 0, warnings: ["there are no samples"])
        #expect(try read(WaveFile().bytes) == none)
        #expect(try read(WaveFile(samples: [1]).bytes) == none)
        #expect(try read(WaveFile(dataSize: .max).bytes) == none)
        // Chunks behind no samples are no samples.
        let list = WaveFile().chunk("LIST", [1, 2, 3]) + WaveFile().chunk("id3 ", [])
        #expect(try read(WaveFile(behind: list).bytes) == none)
        let cut = try read(WaveFile(dataSize: 100).bytes)
        #expect(cut.samples == [] && cut.warnings == ["the header promises 100 bytes of samples, but 0 are there"])
    }

    @Test func `the 64-bit sizes of RF64 and BW64`() throws {
        func file(_ container: String, _ size: UInt64?) -> [UInt8] {
            var file = WaveFile(
                container: container, samples: Self.halves, dataSize: .max,
                behind: WaveFile().chunk("LIST", [1, 2, 3, 4]))
            if let size {
                let sizes = RawGGUF.little(UInt64(0)) + RawGGUF.little(size) + [UInt8](repeating: 0, count: 12)
                file.extra = file.chunk("ds64", sizes)
            }
            return file.bytes
        }
        for container in ["RF64", "BW64"] {
            #expect(try read(file(container, 6)) == Found(samples: [0.5, -0.5, 0.25], frameCount: 3, warnings: []))
            #expect(try read(file(container, 1 << 40)).warnings.count == 1)
            // ffmpeg's of a stream, one that cannot be, and none: to the end, which is behind the other chunk here.
            for size in [0, .max, nil] as [UInt64?] {
                let found = try read(file(container, size))
                #expect(found.samples.prefix(3) == [0.5, -0.5, 0.25] && found.frameCount == 9 && found.warnings == [])
            }
        }
    }

    @Test func `chunks of odd and even sizes may stand before, between and behind`() throws {
        for container in ["RIFF", "RIFX"] {
            var file = WaveFile(container: container, samples: container == "RIFX" ? [0x40, 0] : [0, 0x40])
            file.extra = file.chunk("JUNK", [1, 2, 3]) + file.chunk("bext", [UInt8](repeating: 7, count: 70_001))
            file.between = file.chunk("fact", [1, 2, 3, 4]) + file.chunk("PEAK", [1]) + file.chunk("cue ", [])
            file.behind = file.chunk("LIST", [0, 0x40, 0, 0x40])
            #expect(try read(file.bytes) == Found(samples: [0.5], frameCount: 1, warnings: []))
        }
    }

    // MARK: Pipes

    /// Reads from a pipe that holds some bytes and ends.
    private func piped(_ bytes: [UInt8]) throws -> Found {
        var ends: [CInt] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        // A process that another test starts must not keep it open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        #expect(unsafe write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        return try read(path: "/dev/fd/\(ends[0])")
    }

    @Test(arguments: [0, 6, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] as [UInt32])
    func `a pipe is read to its end, or as far as its header says`(size: UInt32) throws {
        for rest in [[], [9]] as [[UInt8]] {
            let found = try piped(WaveFile(samples: Self.halves + rest, dataSize: size).bytes)
            #expect(found == Found(samples: [0.5, -0.5, 0.25], frameCount: size == 6 ? 3 : nil, warnings: []))
        }
    }

    @Test func `a pipe that ends before its header says so, and one without samples, are told`() throws {
        let cut = try piped(WaveFile(samples: Self.halves, dataSize: 40_000).bytes)
        #expect(cut.samples == [0.5, -0.5, 0.25])
        #expect(cut.warnings == ["the header promises 40000 bytes of samples, but 6 are there"])
        for size in [0, .max] as [UInt32] {
            let none = try piped(WaveFile(dataSize: size).bytes)
            #expect(none.samples == [] && none.warnings == ["there are no samples"])
        }
    }

    // MARK: Lies

    @Test func `no truncation crashes, and what is there is read`() throws {
        var file = WaveFile(channels: 2, validBits: 16, samples: [UInt8](repeating: 0x40, count: 40))
        file.between = file.chunk("LIST", [1, 2, 3])
        let good = file.bytes
        for count in 0..<good.count {
            let frames = max(0, count - (good.count - 40)) / 4
            if let found = try? read(Array(good[..<count])) {
                #expect(found.samples.count == frames && found.warnings.count == 1, "\(count) bytes: \(found)")
            } else {
                #expect(count < good.count - 40, "\(count) bytes")
            }
        }
    }

    /// Every field of a header, and every value of some bytes, against a file whose size bounds what is read.
    @Test(arguments: ["RIFF", "RIFX", "RF64"]) func `no field's lie crashes`(container: String) throws {
        var file = WaveFile(container: container, channels: 2, validBits: 16, samples: [UInt8](repeating: 7, count: 40))
        file.extra = file.chunk("ds64", [UInt8](repeating: 0, count: 28))
        let good = file.bytes
        var accepted = 0
        func check(_ bytes: [UInt8]) throws {
            guard let found = try? read(bytes) else { return }
            accepted += 1
            #expect(found.samples.count <= bytes.count)
        }
        for place in 0..<good.count - 40 {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] {
                for width in [1, 4] {
                    var bytes = good
                    for index in place..<min(place + width, good.count) { bytes[index] = value }
                    try check(bytes)
                }
            }
        }
        var random = SeededRandom(seed: 3)
        for _ in 0..<500 {
            var bytes = good
            for _ in 0..<3 {
                bytes[random.below(good.count - 40)] = UInt8.random(in: 0...255, using: &random)
            }
            try check(bytes)
        }
        #expect(accepted > 300)
    }
}
