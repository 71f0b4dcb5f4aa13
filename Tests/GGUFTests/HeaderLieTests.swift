import GGUF
import TestSupport
import Testing

/// The first pair stands at offset 24: key length, key, value type, value.
@Suite struct HeaderLieTests {
    static let lies: [Lie] = [
        Lie("another magic number", .notGGUF(magic: 0x4C4D_4747)) { $0.magic = 0x4C4D_4747 },
        Lie("version 0", .unsupportedVersion(0)) { $0.version = 0 },
        Lie("version 1", .unsupportedVersion(1)) { $0.version = 1 },
        Lie("version 4", .unsupportedVersion(4)) { $0.version = 4 },
        Lie("a big-endian file", .bigEndian(version: 3)) { $0.version = 0x0300_0000 },
        Lie("more tensors than fit", .excessiveCount(what: "tensors", offset: 8, count: 1 << 62, limit: 0)) {
            $0.claimedTensorCount = 1 << 62
        },
        Lie("a negative number of tensors", .excessiveCount(what: "tensors", offset: 8, count: .max, limit: 0)) {
            $0.claimedTensorCount = .max
        },
        Lie("more pairs than fit", .excessiveCount(what: "metadata pairs", offset: 16, count: 1 << 63, limit: 2)) {
            $0.claimedPairCount = 1 << 63
        },
        Lie("a pair that is not there", .emptyKey(offset: 24)) { $0.claimedPairCount = 1 },
        Lie("a tensor that is not there", .tensor(name: "", .emptyName(offset: 24))) {
            $0.claimedTensorCount = 1
            $0.data = .zeros(64)
        },
        Lie("an empty key", .emptyKey(offset: 24)) { $0.uint32("", 1) },
        Lie("a key of 64 KiB", .keyTooLong(offset: 24, length: 65_536)) {
            $0.uint32(String(repeating: "k", count: 65_536), 1)
        },
        Lie("a key that is not UTF-8", .invalidUTF8(what: "a metadata key", offset: 32)) {
            $0.pair([0xFF, 0x61], kind: 4, value: RawGGUF.little(UInt32(1)))
        },
        Lie("a key twice", .duplicateKey("a", offset: 41)) {
            $0.uint32("a", 1)
            $0.uint32("a", 2)
        },
        Lie("value type 13", .unknownValueType(13, key: "a", offset: 33)) {
            $0.pair([0x61], kind: 13, value: .zeros(8))
        },
        Lie("an array of value type 13", .unknownValueType(13, key: "a", offset: 37)) {
            $0.pair("a", .array, RawGGUF.little(UInt32(13)) + .zeros(8))
        },
        Lie("an array of arrays", .nestedArray(key: "a", offset: 37)) { $0.array("a", .array, count: 1, .zeros(16)) },
        Lie("a bool of 2", .invalidBool(2, key: "a", offset: 37)) { $0.pair("a", .bool, [2]) },
        Lie("a bool of 255 in an array", .invalidBool(255, key: "a", offset: 51)) {
            $0.array("a", .bool, count: 3, [0, 1, 255])
        },
        Lie(
            "a key longer than the file",
            .truncated(what: "a metadata key", offset: 32, needed: .max, available: 32)
        ) {
            $0.claimedPairCount = 1
            $0.alignment = 1
            $0.data = RawGGUF.little(UInt64.max) + .zeros(32)
        },
        Lie(
            "a string longer than the file",
            .truncated(what: "the value of \"a\"", offset: 45, needed: 1 << 63, available: 19)
        ) { $0.pair("a", .string, RawGGUF.little(UInt64(1) << 63)) },
        Lie(
            "a string in an array longer than the file",
            .truncated(what: "the value of \"a\"", offset: 66, needed: .max - 7, available: 30)
        ) {
            $0.array(
                "a", .string, count: 2, RawGGUF.string([0x78]) + RawGGUF.little(UInt64.max - 7))
        },
        Lie(
            "an array of 2^60 elements",
            .excessiveCount(what: "elements of \"a\"", offset: 41, count: 1 << 60, limit: 3)
        ) { $0.array("a", .uint32, count: 1 << 60, .zeros(8)) },
        Lie(
            "an array whose byte count wraps to zero",
            .excessiveCount(what: "elements of \"a\"", offset: 41, count: 1 << 61, limit: 1)
        ) { $0.array("a", .uint64, count: 1 << 61, .zeros(8)) },
        Lie(
            "an array of more strings than fit",
            .excessiveCount(what: "elements of \"a\"", offset: 41, count: 3, limit: 1)
        ) { $0.array("a", .string, count: 3, .zeros(8)) },
        Lie("alignment 0", .alignment(found: "0")) { $0.uint32("general.alignment", 0) },
        Lie("alignment 3", .alignment(found: "3")) { $0.uint32("general.alignment", 3) },
        Lie("alignment 4", .alignment(found: "4")) { $0.uint32("general.alignment", 4) },
        Lie("alignment 2^31", .alignment(found: "2147483648")) { $0.uint32("general.alignment", 1 << 31) },
        Lie("alignment as uint64", .alignment(found: "uint64")) {
            $0.pair("general.alignment", .uint64, RawGGUF.little(UInt64(32)))
        },
        Lie("alignment as an array", .alignment(found: "an array of 1 uint32")) {
            $0.array("general.alignment", .uint32, count: 1, RawGGUF.little(UInt32(32)))
        },
    ]

    @Test(arguments: lies) func `a lie in the header is an error that names its place`(lie: Lie) {
        #expect(openingError(lie.bytes) == .format(path: "test", lie.expected))
    }

    @Test func `a file shorter than the fixed header is truncated`() {
        let bytes = [UInt8](RawGGUF().bytes.prefix(10))
        #expect(
            openingError(bytes)
                == .format(
                    path: "test",
                    .truncated(what: "the number of tensors", offset: 8, needed: 8, available: 2)))
    }

    @Test func `an error says the path, the key and the place in words`() {
        let error = GGUFError.format(path: "a.gguf", .invalidBool(7, key: "k", offset: 99))
        #expect(error.description == "a.gguf: the key \"k\" holds a bool of value 7 at offset 99, expected 0 or 1")
    }

    @Test func `control characters in a name are escaped in messages`() {
        let error = GGUFError.format(path: "a.gguf", .duplicateKey("k\u{1B}[2J", offset: 30))
        #expect(error.description == "a.gguf: metadata key \"k\\u{1B}[2J\" occurs again at offset 30")
    }

    @Test(arguments: [2, 3] as [UInt32]) func `versions 2 and 3 are read`(version: UInt32) throws {
        var raw = RawGGUF()
        raw.version = version
        try withModel(raw.bytes) { file in
            #expect(file.version == version && file.alignment == 32)
            #expect(file.metadata.isEmpty && file.tensors.isEmpty)
        }
    }

    @Test func `static bytes at an odd address are refused`() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 64)
        defer { unsafe buffer.deallocate() }
        let odd = unsafe UnsafeRawBufferPointer(rebasing: buffer[1...])
        #expect(throws: GGUFError.misalignedStaticBytes(name: "odd")) {
            _ = try unsafe GGUFFile(staticBytes: odd, name: "odd")
        }
    }
}
