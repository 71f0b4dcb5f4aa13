import GGUF
import Testing

/// Quantizes a float32 model as llama.cpp does (the rules are in `Fixtures/golden/README.md`) and writes it twice: as
/// quantized, and with the same weights as float32.
enum QuantizedCopy {
    /// - Parameter expected: of each tensor its type and the FNV-1a hash of its bytes.
    static func write(
        _ source: String, as type: TensorType, to quantized: String, exact: String, expected: [String: [String]]
    ) throws {
        let file = try GGUFFile(path: source)
        var copies = (GGUFContents(), GGUFContents())
        for (key, value) in file.metadata {
            copies.0.set(key, copying: value)
            copies.1.set(key, copying: value)
        }
        var blocks: [String: [UInt8]] = [:]
        for tensor in file.tensors {
            let reference = try #require(expected[tensor.name])
            let kind = try #require(TensorType.allCases.first { $0.name == reference[0] })
            copies.0.addTensor(tensor.name, type: kind, dimensions: tensor.dimensions)
            copies.1.addTensor(tensor.name, type: .F32, dimensions: tensor.dimensions)
            let bytes = try encode(values(of: tensor, in: file), kind)
            try #require(hash(bytes) == reference[1], "\(tensor.name) is not quantized as by llama.cpp")
            blocks[tensor.name] = bytes
        }
        var quantizedWriter = try GGUFWriter(path: quantized, contents: copies.0)
        var exactWriter = try GGUFWriter(path: exact, contents: copies.1)
        for tensor in file.tensors {
            let kind = try #require(TensorType.allCases.first { $0.name == expected[tensor.name]?[0] })
            let bytes = try #require(blocks[tensor.name])
            try unsafe quantizedWriter.append(bytes.span.bytes, to: tensor.name)
            let floats = try decode(bytes, kind)
            try unsafe exactWriter.append(floats.span.bytes, to: tensor.name)
        }
        try quantizedWriter.finish()
        try exactWriter.finish()
    }

    private static func values(of tensor: TensorInfo, in file: GGUFFile) -> [Float] {
        let bytes = file.bytes(of: tensor)
        return (0..<tensor.elementCount).map { index in
            unsafe Float(bitPattern: bytes.unsafeLoad(fromByteOffset: index * 4, as: UInt32.self))
        }
    }

    private static func encode(_ values: [Float], _ type: TensorType) throws -> [UInt8] {
        switch type {
        case .F32: return values.flatMap { littleEndian($0.bitPattern) }
        case .F16: return values.flatMap { littleEndian(Float16($0).bitPattern) }
        case .Q8_0: return blocks(values, q8_0)
        case .Q4_0: return blocks(values, q4_0)
        default: throw Unexpected(type: type)
        }
    }

    private static func q8_0(_ x: ArraySlice<Float>) -> [UInt8] {
        let scale = x.reduce(0) { max($0, abs($1)) } / 127
        let inverse = scale == 0 ? 0 : 1 / scale
        return littleEndian(Float16(scale).bitPattern)
            + x.map { UInt8(bitPattern: Int8(($0 * inverse).rounded(.toNearestOrAwayFromZero))) }
    }

    private static func q4_0(_ x: ArraySlice<Float>) -> [UInt8] {
        let extreme = x.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
        let scale = extreme / -8
        let inverse = scale == 0 ? 0 : 1 / scale
        let quants = x.map { UInt8(min(15, ($0 * inverse + 8.5).rounded(.towardZero))) }
        return littleEndian(Float16(scale).bitPattern) + (0..<16).map { quants[$0] | quants[$0 + 16] << 4 }
    }

    private static func decode(_ bytes: [UInt8], _ type: TensorType) throws -> [Float] {
        switch type {
        case .F32:
            return stride(from: 0, to: bytes.count, by: 4).map { i in
                Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[i + $1]) << (8 * $1) })
            }
        case .F16: return stride(from: 0, to: bytes.count, by: 2).map { half(bytes, $0) }
        case .Q8_0:
            return stride(from: 0, to: bytes.count, by: 34).flatMap { start in
                (0..<32).map { half(bytes, start) * Float(Int8(bitPattern: bytes[start + 2 + $0])) }
            }
        case .Q4_0:
            return stride(from: 0, to: bytes.count, by: 18).flatMap { start in
                (0..<32).map { i in
                    let pair = bytes[start + 2 + i % 16]
                    return half(bytes, start) * (Float(i < 16 ? pair & 15 : pair >> 4) - 8)
                }
            }
        default: throw Unexpected(type: type)
        }
    }

    private struct Unexpected: Error { let type: TensorType }

    private static func blocks(_ values: [Float], _ encode: (ArraySlice<Float>) -> [UInt8]) -> [UInt8] {
        stride(from: 0, to: values.count, by: 32).flatMap { encode(values[$0..<$0 + 32]) }
    }

    private static func half(_ bytes: [UInt8], _ start: Int) -> Float {
        Float(Float16(bitPattern: UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8))
    }

    private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ bytes: [UInt8]) -> String {
        let value = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
