import GGUF
import TestSupport
import Testing
import WhisperFiles

/// Files in whisper.cpp's format that lie: every one is an error, none ends the process.
@Suite struct HostileFileTests {
    /// A header, a vocabulary, and two tensors.
    static let (file, tensors) = {
        var builder = WhisperBin(seed: 1)
        let bytes = builder.start()
        builder.tensor("encoder.ln_post.weight", [64], false, 1)
        builder.tensor("decoder.blocks.1.attn.query.weight", [64, 64], true, 1)
        return (builder.bytes, bytes.count)
    }()

    /// Where the vocabulary's count stands.
    static let vocabulary = 56 + 80 * 201 * 4

    struct Lie: CustomTestStringConvertible {
        let testDescription: String
        /// Bytes from the start of the file, or from the first tensor.
        let offset: Int
        let value: UInt32
        let message: String
    }

    static let lies = [
        Lie(testDescription: "another magic number", offset: 0, value: 7, message: "GGUF"),
        Lie(testDescription: "a vocabulary without special tokens", offset: 4, value: 1_000, message: "51864 to 51866"),
        Lie(testDescription: "a negative vocabulary", offset: 4, value: .max, message: "51864 to 51866"),
        Lie(testDescription: "no context", offset: 8, value: 0, message: "the encoder's context"),
        Lie(testDescription: "a width of 2³¹", offset: 12, value: 1 << 31, message: "the encoder's width"),
        Lie(testDescription: "a million layers", offset: 20, value: 1_000_000, message: "number of layers"),
        Lie(testDescription: "another number of filters", offset: 48, value: 81, message: "the number of filters"),
        Lie(testDescription: "filters beyond the file", offset: 52, value: 4_000, message: "truncated"),
        Lie(testDescription: "filters of no bins", offset: 52, value: 0, message: "the length of a filter"),
        Lie(testDescription: "a few tokens", offset: vocabulary, value: 1_000, message: "the number of tokens"),
        Lie(testDescription: "too many tokens", offset: vocabulary, value: 51_866, message: "the number of tokens"),
        Lie(testDescription: "an endless token", offset: vocabulary + 4, value: .max, message: "bytes of token 0"),
        Lie(testDescription: "no dimensions", offset: tensors, value: 0, message: "number of dimensions"),
        Lie(testDescription: "five dimensions", offset: tensors, value: 5, message: "number of dimensions"),
        Lie(
            testDescription: "a name without end", offset: tensors + 4, value: .max,
            message: "length of a tensor's name"),
        Lie(testDescription: "a long name", offset: tensors + 4, value: 129, message: "length of a tensor's name"),
        Lie(testDescription: "a type that was removed", offset: tensors + 8, value: 4, message: "Q4_2"),
        Lie(testDescription: "an unknown type", offset: tensors + 8, value: 99_999, message: "99999"),
        Lie(testDescription: "an empty dimension", offset: tensors + 12, value: 0, message: "a tensor's dimension"),
        Lie(
            testDescription: "a negative dimension", offset: tensors + 12, value: .max, message: "a tensor's dimension"),
        Lie(testDescription: "a size beyond the file", offset: tensors + 12, value: 1 << 30, message: "incomplete"),
        Lie(testDescription: "an unknown tensor", offset: tensors + 20, value: 0x2E2E_2E2E, message: "no place"),
        Lie(testDescription: "a name that is no text", offset: tensors + 20, value: .max, message: "UTF-8"),
    ]

    private static func open(_ bytes: [UInt8]) throws {
        let folder = try TemporaryFolder()
        _ = try WhisperFile.open(path: folder.write(bytes, to: "model.bin"))
    }

    @Test func `the file without lies opens`() throws { try Self.open(Self.file) }

    @Test(arguments: lies) func `a lie is an error that says where it is`(lie: Lie) throws {
        var bytes = Self.file
        for index in 0..<4 { bytes[lie.offset + index] = UInt8(truncatingIfNeeded: lie.value >> (8 * index)) }
        let error = #expect(throws: GGUFError.self) { try Self.open(bytes) }
        let message = try #require(error).description
        #expect(message.contains("model.bin") && message.contains(lie.message), "\(message)")
    }

    @Test func `a file that ends early is an error wherever it ends`() throws {
        var random = SeededRandom(seed: 3)
        let cuts =
            [1, 3, 4, 20, 47, 48, 55, 56, Self.vocabulary, Self.vocabulary + 2, Self.vocabulary + 6, Self.tensors + 1]
            + (0..<12).map { _ in random.below(Self.tensors) }
            + (1..<8).map { Self.file.count - $0 * $0 * 171 }
        for cut in cuts {
            #expect(throws: GGUFError.self, "cut at \(cut)") { try Self.open(Array(Self.file[..<cut])) }
        }
    }

    @Test(arguments: 1...20) func `changed bytes are an error or another model`(seed: Int) throws {
        var random = SeededRandom(seed: seed)
        var bytes = Self.file
        for _ in 0...random.below(4) {
            let offset = random.chance(0.5) ? random.below(60) : Self.tensors + random.below(80)
            bytes[offset] = UInt8(random.below(256))
        }
        do { try Self.open(bytes) } catch let error as GGUFError { #expect(!error.description.isEmpty) }
    }

    @Test func `a tensor that comes twice is an error`() throws {
        let bytes = Self.file + Self.file[Self.tensors...]
        let error = #expect(throws: GGUFError.self) { try Self.open(bytes) }
        #expect(try #require(error).description.contains("more than once"))
    }

    @Test(arguments: [
        "encoder.blocks.2.attn_ln.weight", "encoder.blocks.01.attn_ln.weight", "encoder.blocks.0.cross_attn_ln.weight",
    ])
    func `a layer that the header lacks is an error`(name: String) throws {
        var builder = WhisperBin(seed: 1)
        _ = builder.start()
        builder.tensor(name, [64], false, 1)
        let error = #expect(throws: GGUFError.self) { try Self.open(builder.bytes) }
        #expect(try #require(error).description.contains("no place"))
    }
}
