import GGUF
import Testing

/// One row of the independent list: `GGML_QUANT_SIZES` of the Python package `gguf`, except Q8_1 (which that package
/// counts with float32 scales) and Q2_0 (which it lacks); these are from the structs in `ggml-common.h`.
struct BlockSize: Sendable {
    let id: UInt32
    let name: String
    let elements: Int
    let bytes: Int

    init(_ id: UInt32, _ name: String, _ elements: Int, _ bytes: Int) {
        (self.id, self.name, self.elements, self.bytes) = (id, name, elements, bytes)
    }

    static let all: [BlockSize] = [
        BlockSize(0, "F32", 1, 4), BlockSize(1, "F16", 1, 2), BlockSize(2, "Q4_0", 32, 2 + 16),
        BlockSize(3, "Q4_1", 32, 2 + 2 + 16), BlockSize(6, "Q5_0", 32, 2 + 4 + 16),
        BlockSize(7, "Q5_1", 32, 2 + 2 + 4 + 16), BlockSize(8, "Q8_0", 32, 2 + 32),
        BlockSize(9, "Q8_1", 32, 2 + 2 + 32), BlockSize(10, "Q2_K", 256, 2 + 2 + 256 / 16 + 256 / 4),
        BlockSize(11, "Q3_K", 256, 2 + 256 / 4 + 256 / 8 + 12), BlockSize(12, "Q4_K", 256, 2 + 2 + 256 / 2 + 12),
        BlockSize(13, "Q5_K", 256, 2 + 2 + 256 / 2 + 256 / 8 + 12),
        BlockSize(14, "Q6_K", 256, 2 + 256 / 2 + 256 / 4 + 256 / 16), BlockSize(15, "Q8_K", 256, 4 + 256 + 256 / 8),
        BlockSize(16, "IQ2_XXS", 256, 2 + 256 / 4), BlockSize(17, "IQ2_XS", 256, 2 + 256 / 4 + 256 / 32),
        BlockSize(18, "IQ3_XXS", 256, 2 + 256 / 4 + 256 / 8), BlockSize(19, "IQ1_S", 256, 2 + 256 / 8 + 256 / 16),
        BlockSize(20, "IQ4_NL", 32, 2 + 16), BlockSize(21, "IQ3_S", 256, 2 + 256 / 4 + 256 / 8 + 256 / 32 + 4),
        BlockSize(22, "IQ2_S", 256, 2 + 256 / 4 + 256 / 16), BlockSize(23, "IQ4_XS", 256, 2 + 2 + 256 / 2 + 256 / 64),
        BlockSize(24, "I8", 1, 1), BlockSize(25, "I16", 1, 2), BlockSize(26, "I32", 1, 4),
        BlockSize(27, "I64", 1, 8), BlockSize(28, "F64", 1, 8),
        BlockSize(29, "IQ1_M", 256, 256 / 8 + 256 / 16 + 256 / 32), BlockSize(30, "BF16", 1, 2),
        BlockSize(34, "TQ1_0", 256, 2 + 4 * 13), BlockSize(35, "TQ2_0", 256, 2 + 64),
        BlockSize(39, "MXFP4", 32, 1 + 16), BlockSize(40, "NVFP4", 64, 4 + 32), BlockSize(41, "Q1_0", 128, 2 + 16),
        BlockSize(42, "Q2_0", 64, 2 + 16),
    ]
}

@Suite struct TensorTypeTests {
    @Test(arguments: BlockSize.all) func `a type has the name and block size of ggml`(expected: BlockSize) throws {
        let type = try #require(TensorType(rawValue: expected.id))
        #expect(type.name == expected.name)
        #expect(type.blockElements == expected.elements)
        #expect(type.blockBytes == expected.bytes)
    }

    @Test func `there is no type that ggml does not list`() {
        #expect(TensorType.allCases.map(\.rawValue) == BlockSize.all.map(\.id))
    }

    @Test func `a tensor's bytes are its blocks`() throws {
        #expect(try TensorType.Q4_K.byteCount(dimensions: [512, 3, 2]) == 12 * 144)
        #expect(try TensorType.F16.byteCount(dimensions: [7]) == 14)
    }
}
