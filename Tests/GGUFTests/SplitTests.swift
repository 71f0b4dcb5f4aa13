import GGUF
import TestSupport
import Testing

@Suite struct SplitTests {
    /// Part `number` (from zero) of three, each with two tensors of one byte.
    static func part(_ number: Int, count: UInt16 = 3, total: Int32 = 6, claims: Int? = nil) -> [UInt8] {
        var raw = RawGGUF()
        if number == 0 { raw.string("general.architecture", "llama") }
        raw.pair("split.no", .uint16, RawGGUF.little(UInt16(claims ?? number)))
        raw.pair("split.count", .uint16, RawGGUF.little(count))
        raw.pair("split.tensors.count", .int32, RawGGUF.little(total))
        raw.tensor("t\(number).0", [1], type: 24, offset: 0)
        raw.tensor("t\(number).1", [1], type: 24, offset: 32)
        raw.data = [UInt8(number * 10)] + .zeros(31) + [UInt8(number * 10 + 1)]
        return raw.bytes
    }

    static func name(_ number: Int) -> String { "m-0000\(number)-of-00003.gguf" }

    static func writeParts(_ folder: borrowing TemporaryFolder) throws {
        for number in 0..<3 { try folder.write(part(number), to: name(number + 1)) }
    }

    static func expectAll(_ file: GGUFFile) throws {
        #expect(try file.metadata.string("general.architecture") == "llama")
        #expect(file.tensors.map(\.name) == ["t0.0", "t0.1", "t1.0", "t1.1", "t2.0", "t2.1"])
        #expect(file.tensors.map { file.bytes(of: $0).array } == [[0], [1], [10], [11], [20], [21]])
        #expect(file.tensor(named: "t2.1") == file.tensors.last)
    }

    @Test(arguments: 1...3) func `any part opens the whole model`(number: Int) throws {
        let folder = try TemporaryFolder()
        try Self.writeParts(folder)
        try Self.expectAll(GGUFFile(path: folder.path(Self.name(number))))
    }

    @Test(arguments: 1...3) func `parts may be compressed, all or some`(number: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write(compressed(Self.part(0)), to: Self.name(1) + ".zst")
        try folder.write(Self.part(1), to: Self.name(2))
        try folder.write(compressed(Self.part(2)), to: Self.name(3) + ".zst")
        try Self.expectAll(GGUFFile(path: folder.path(Self.name(number) + (number == 2 ? "" : ".zst"))))
    }

    @Test func `the decompression limit holds for all parts together`() throws {
        let folder = try TemporaryFolder()
        for number in 0..<3 {
            try folder.write(compressed(Self.part(number)), to: Self.name(number + 1) + ".zst")
        }
        let path = folder.path(Self.name(1) + ".zst")
        let size = (0..<3).reduce(0) { $0 + Self.part($1).count }
        try Self.expectAll(GGUFFile(path: path, decompressionLimit: size))
        #expect(throws: GGUFError.self) { try GGUFFile(path: path, decompressionLimit: size - 1) }
    }

    @Test func `a missing part is an error that names it`() throws {
        let folder = try TemporaryFolder()
        try Self.writeParts(folder)
        let (first, last) = (folder.path(Self.name(1)), folder.path("m-00003-of-00003.gguf"))
        try folder.remove(Self.name(3))
        #expect(throws: GGUFError.split(path: first, .missingPart(path: last))) { try GGUFFile(path: first) }
    }

    @Test func `a part under another name is an error`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.part(0), to: "m.gguf")
        #expect(throws: GGUFError.split(path: path, .name(count: 3))) { try GGUFFile(path: path) }
    }

    @Test func `a part instead of another is an error`() throws {
        let folder = try TemporaryFolder()
        try Self.writeParts(folder)
        let path = try folder.write(Self.part(1, claims: 2), to: Self.name(2))
        #expect(
            throws: GGUFError.split(path: path, .mismatch(key: "split.no", expected: 1, found: 2))
        ) { try GGUFFile(path: folder.path(Self.name(1))) }
    }

    @Test func `a part of another count is an error`() throws {
        let folder = try TemporaryFolder()
        try Self.writeParts(folder)
        let path = try folder.write(Self.part(2, count: 4), to: Self.name(3))
        #expect(
            throws: GGUFError.split(path: path, .mismatch(key: "split.count", expected: 3, found: 4))
        ) { try GGUFFile(path: folder.path(Self.name(1))) }
    }

    @Test func `another number of tensors than promised is an error`() throws {
        let folder = try TemporaryFolder()
        try Self.writeParts(folder)
        let path = try folder.write(Self.part(0, total: 7), to: Self.name(1))
        #expect(
            throws: GGUFError.split(path: path, .mismatch(key: "split.tensors.count", expected: 6, found: 7))
        ) { try GGUFFile(path: folder.path(Self.name(2))) }
    }

    @Test func `a tensor in two parts is an error`() throws {
        let folder = try TemporaryFolder()
        try Self.writeParts(folder)
        // The tensors of part 0 under the number of part 1.
        let path = try folder.write(Self.part(0, claims: 1), to: Self.name(2))
        #expect(throws: GGUFError.split(path: path, .duplicateTensor(name: "t0.0"))) {
            try GGUFFile(path: folder.path(Self.name(1)))
        }
    }

    @Test func `a part in memory is an error, since it has no siblings`() {
        #expect(openingError(Self.part(0)) == .split(path: "test", .noFile(count: 3)))
    }

    @Test(arguments: ["m-00001-of-00001.gguf", "m-00004-of-00003.gguf", "m-0000a-of-00002.gguf", "-of-.gguf"])
    func `a name like a part's means nothing when the metadata does not say so`(name: String) throws {
        let folder = try TemporaryFolder()
        let file = try GGUFFile(path: folder.write(RawGGUF().bytes, to: name))
        #expect(file.tensors.isEmpty)
    }
}
