import GGUF
import TestSupport
import Testing

@Suite struct TensorLieTests {
    static func lie(
        _ description: String, _ expected: TensorError, name: String = "t", _ build: (inout RawGGUF) -> Void
    ) -> Lie {
        Lie(description, .tensor(name: name, expected)) {
            $0.data = .zeros(256)
            build(&$0)
        }
    }

    static let lies: [Lie] = [
        lie("an empty name", .emptyName(offset: 24), name: "") { $0.tensor("", [4]) },
        lie("a name of 64 bytes", .nameTooLong(length: 64), name: String(repeating: "n", count: 63)) {
            $0.tensor(String(repeating: "n", count: 64), [4])
        },
        lie("a name twice", .duplicate) {
            $0.tensor("t", [4])
            $0.tensor("t", [4], offset: 32)
        },
        lie("no dimensions", .rank(0)) { $0.tensor("t", []) },
        lie("five dimensions", .rank(5)) { $0.tensor("t", [1, 1, 1, 1, 1]) },
        lie("2^32 - 1 dimensions", .rank(4_294_967_295)) { $0.tensor("t", [4], rank: .max) },
        lie("a dimension of zero", .dimension(axis: 1, size: 0)) { $0.tensor("t", [4, 0]) },
        lie("a negative dimension", .dimension(axis: 0, size: -4)) { $0.tensor("t", [-4]) },
        lie("more elements than 2^63", .tooLarge(dimensions: [1 << 32, 1 << 32])) {
            $0.tensor("t", [1 << 32, 1 << 32])
        },
        lie("more bytes than 2^63", .tooLarge(dimensions: [1 << 62])) { $0.tensor("t", [1 << 62]) },
        lie("a row of half a block", .partialBlock(rowLength: 48, type: .Q8_0)) {
            $0.tensor("t", [48, 2], type: 8)
        },
        lie("an offset between alignments", .misaligned(offset: 8, alignment: 32)) { $0.tensor("t", [4], offset: 8) },
        lie(
            "an offset beyond the file", .outsideFile(offset: 256, byteCount: 16, available: 256)
        ) { $0.tensor("t", [4], offset: 256) },
        lie(
            "an offset that wraps", .outsideFile(offset: .max - 31, byteCount: 256, available: 256)
        ) { $0.tensor("t", [64], offset: .max - 31) },
        lie("an end beyond the file", .outsideFile(offset: 0, byteCount: 260, available: 256)) {
            $0.tensor("t", [65])
        },
        lie("no data section", .outsideFile(offset: 0, byteCount: 4, available: 0)) {
            $0.data = []
            $0.tensor("t", [1])
        },
        lie("two tensors in one place", .overlap(with: "a")) {
            $0.tensor("a", [4])
            $0.tensor("t", [4])
        },
        lie("a tensor over the next one, which comes first in the table", .overlap(with: "a")) {
            $0.tensor("t", [4], offset: 32)
            $0.tensor("a", [9], offset: 0)
        },
        lie("type 43", .type(.unknown(id: 43))) { $0.tensor("t", [256], type: 43) },
        lie("a type private to a fork", .type(.ikLlama(id: 144))) { $0.tensor("t", [256], type: 144) },
    ]

    @Test(arguments: lies) func `a lie about a tensor is an error that names it`(lie: Lie) {
        #expect(openingError(lie.bytes) == .format(path: "test", lie.expected))
    }

    @Test(arguments: [4, 5, 31, 32, 33, 36, 37, 38] as [UInt32])
    func `a type that was removed from the format is refused by name`(id: UInt32) throws {
        var raw = RawGGUF()
        raw.tensor("t", [256], type: id)
        raw.data = .zeros(1024)
        let error = try #require(openingError(raw.bytes))
        #expect(error == .format(path: "test", .tensor(name: "t", .type(UnknownTensorType(id: id)))))
        #expect(error.description.contains("was removed from GGUF"))
    }

    @Test(arguments: [97, 99, 133, 158, 202, 230] as [UInt32])
    func `a type of ik_llama is refused with a word on where it is from`(id: UInt32) {
        #expect(UnknownTensorType(id: id).description.contains("private to ik_llama.cpp"))
    }

    @Test func `a name that is not UTF-8 is refused`() {
        var raw = RawGGUF()
        raw.tensor([0xC3, 0x28], [4])
        #expect(
            openingError(raw.bytes) == .format(path: "test", .invalidUTF8(what: "a tensor's name", offset: 32)))
    }

    @Test func `gaps between tensors and another order of data are accepted`() throws {
        var raw = RawGGUF()
        raw.tensor("late", [2, 2, 1, 1], offset: 128)
        raw.tensor("early", [4], type: 24, offset: 32)
        raw.data = (0..<144).map { UInt8($0) }
        try withModel(raw.bytes) { file in
            let late = try #require(file.tensor(named: "late"))
            #expect(file.bytes(of: late).array == Array(128..<144))
            #expect(late.columns == 2 && late.rows == 2 && late.elementCount == 4)
            let early = try #require(file.tensor(named: "early"))
            #expect(file.bytes(of: early).array == [32, 33, 34, 35])
            #expect(file.tensors == [late, early])
            #expect(file.tensor(named: "none") == nil)
        }
    }

    @Test(arguments: [8, 64, 65_536])
    func `the data section starts at the file's own alignment`(alignment: Int) throws {
        var raw = RawGGUF()
        raw.uint32("general.alignment", UInt32(alignment))
        raw.alignment = alignment
        raw.tensor("a", [1], type: 24)
        raw.tensor("b", [1], type: 24, offset: UInt64(alignment))
        raw.data = [7] + .zeros(alignment - 1) + [9]
        try withModel(raw.bytes) { file in
            #expect(file.tensors.map { $0.offset % alignment } == [0, 0])
            #expect(file.tensors.map { file.bytes(of: $0).array } == [[7], [9]])
        }
    }
}
