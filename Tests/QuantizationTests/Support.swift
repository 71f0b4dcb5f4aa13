import CQuantizers
import Foundation
import GGUF
import Tensors
import TestSupport
import Testing

/// The formats that have blocks and are written.
let blockFormats = writtenFormats.filter(\.isQuantized)

/// The formats that are only read.
let readFormats: [WeightFormat] = [.nvfp4, .q1_0, .q2_0]

/// The formats with codebooks.
let codebookFormats: [WeightFormat] = [.iq3_s, .iq3_xxs, .iq2_s, .iq2_xs, .iq2_xxs, .iq1_s, .iq1_m]

let writtenFormats = WeightFormat.allCases.filter { !readFormats.contains($0) }

extension WeightFormat: CustomTestStringConvertible {
    package var testDescription: String { name }
}

func decode<Content: Decodable>(_ type: Content.Type, _ name: String) throws -> Content {
    try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: Fixtures.path("golden/\(name)"))))
}

/// - Returns: the bytes, or the index of the first weight that is not finite.
func quantize(
    _ values: [Float], columns: Int, _ format: WeightFormat, importance: [Float]? = nil
) throws -> Result<[UInt8], NotFinite> {
    let rows = values.count / columns
    var bytes = [UInt8](repeating: 0xAA, count: rows * (try format.rowBytes(columns: columns)))
    let status = unsafe bytes.withUnsafeMutableBytes { bytes in
        unsafe swl_quantize_rows(format.rawValue, rows, columns, values, importance, bytes.baseAddress)
    }
    try #require(status >= -1)
    return status >= 0 ? .failure(NotFinite(index: status)) : .success(bytes)
}

struct NotFinite: Error, Equatable { let index: Int }

/// Dequantizes bytes by the kernels of an instruction set.
func unpack(_ bytes: [UInt8], columns: Int, _ format: WeightFormat, by kernels: Kernels = .best) throws -> [Float] {
    let owned = OwnedBytes(bytes)
    let rows = bytes.count / (try format.rowBytes(columns: columns))
    let matrix = try WeightMatrix(bytes: owned.bytes, format: format, rows: rows, columns: columns)
    let arena = try Arena(byteCount: columns * 4)
    let row = arena.view.floats(at: 0, rows: 1, columns: columns, stride: columns)
    var values: [Float] = []
    for index in 0..<rows {
        kernels.unpack(matrix, row: index, to: row, row: 0)
        row.withRow(0) { span in for column in 0..<columns { values.append(span[column]) } }
    }
    withExtendedLifetime(owned) {}
    return values
}

func squaredError(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
}

/// A tensor's weights.
func weights(of tensor: TensorInfo, in file: GGUFFile) throws -> [Float] {
    let format = try #require(WeightFormat(rawValue: tensor.type.rawValue))
    let bytes = file.bytes(of: tensor)
    let copy = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    return try unpack(copy, columns: tensor.columns, format)
}

/// FNV-1a, 64 bits, of the numbers' bytes.
func hash(_ values: [Float]) -> String {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for number in values {
        for byte in RawGGUF.little(number.bitPattern) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

/// About normal: what `random_weights` of Fixtures/golden/make_quantization_errors.py gives.
func randomWeights(seed: Int, count: Int) -> [Float] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in
        let number = random.next()
        let sum = (0..<4).reduce(0) { $0 + Int(number >> (16 * UInt64($1)) & 0xFFFF) }
        return Float(Double(sum - 131_070) * 0x1p-20)
    }
}
