import CZstd
import GGUF
import TestSupport
import Testing

/// Compresses into one frame.
func compressed(_ bytes: [UInt8], level: CInt = 3) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let size = unsafe ZSTD_compress(&output, output.count, bytes, bytes.count, level)
    return [UInt8](output.prefix(size))
}

@Suite struct ZstdTests {
    /// A model of a little over a mebibyte, several of the decoder's buffers long.
    static let model: [UInt8] = {
        var raw = RawGGUF()
        raw.string("general.architecture", "llama")
        raw.tensor("t", [1 << 20], type: 24)
        var state: UInt32 = 1
        raw.data = (0..<1 << 20).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 29)
        }
        return raw.bytes
    }()
    static let frame = compressed(model)

    static func expectModel(_ file: GGUFFile) throws {
        #expect(try file.metadata.string("general.architecture") == "llama")
        let tensor = try #require(file.tensor(named: "t"))
        #expect(file.bytes(of: tensor).array == Array(model.suffix(1 << 20)))
    }

    static func error(_ bytes: [UInt8], limit: Int = 1 << 30) throws -> ZstdError? {
        do {
            try withModel(bytes, limit: limit) { _ in }
            return nil
        } catch GGUFError.compression(path: "test", let error) {
            return error
        }
    }

    @Test(arguments: ["model.gguf.zst", "model.gguf"])
    func `a compressed model opens, whatever its name`(name: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.frame, to: name)
        let file = try GGUFFile(path: path)
        #expect(file.path == path)
        try Self.expectModel(file)
    }

    @Test func `frames in a row are one file, and skippable frames are skipped`() throws {
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let (head, tail) = (Self.model.prefix(300_000), Self.model.suffix(from: 300_000))
        let bytes = skippable + compressed(Array(head)) + skippable + compressed(Array(tail))
        try withModel(bytes) { try Self.expectModel($0) }
    }

    @Test(arguments: [5, 20, 1000, frame.count / 2, frame.count - 1])
    func `a stream that ends early is an error`(length: Int) throws {
        #expect(try Self.error([UInt8](Self.frame.prefix(length))) == .truncated)
    }

    @Test func `a second frame that ends early is an error`() throws {
        #expect(try Self.error(Self.frame + Self.frame.prefix(50)) == .truncated)
    }

    @Test func `garbage after the frame is an error`() throws {
        guard case .corrupt = try Self.error(Self.frame + [UInt8](repeating: 1, count: 64)) else {
            Issue.record("expected a corrupt stream")
            return
        }
    }

    @Test func `a stream with any bit flipped opens or throws`() throws {
        let frame = compressed([UInt8](Self.model.prefix(600)))
        for bit in 0..<frame.count * 8 {
            var bytes = frame
            bytes[bit / 8] ^= 1 << (bit % 8)
            // A limit, since the declared sizes are among what flips.
            _ = try? Self.error(bytes, limit: 1 << 20)
        }
    }

    @Test func `a frame that declares more than the limit is refused`() throws {
        #expect(try Self.error(Self.frame, limit: Self.model.count) == nil)
        #expect(
            try Self.error(Self.frame, limit: Self.model.count - 1) == .tooLarge(limit: Self.model.count - 1))
    }

    @Test func `frames that only together pass the limit are refused`() throws {
        let bomb = compressed(.zeros(1 << 20), level: 19)
        let bombs = [[UInt8]](repeating: bomb, count: 64).flatMap { $0 }
        #expect(bombs.count < 8192)
        #expect(try Self.error(bombs, limit: 8 << 20) == .tooLarge(limit: 8 << 20))
    }

    /// A frame without content whose header asks for a window of `1 << log` bytes (RFC 8878, 3.1.1.1.2).
    static func emptyFrame(windowLog log: UInt8) -> [UInt8] {
        [0x28, 0xB5, 0x2F, 0xFD, 0, (log - 10) << 3, 1, 0, 0]
    }

    @Test func `a frame that asks for an enormous window is refused`() throws {
        #expect(openingError(Self.emptyFrame(windowLog: 27)) == .emptyFile(path: "test"))
        guard case .corrupt = try Self.error(Self.emptyFrame(windowLog: 28)) else {
            Issue.record("expected the window to be refused")
            return
        }
    }

    @Test func `what is inside is checked as any file`() throws {
        #expect(openingError(compressed(.zeros(64))) == .format(path: "test", .notGGUF(magic: 0)))
        #expect(openingError(compressed([])) == .emptyFile(path: "test"))
        #expect(openingError(compressed(Self.frame)) == .format(path: "test", .notGGUF(magic: 0xFD2F_B528)))
    }
}
