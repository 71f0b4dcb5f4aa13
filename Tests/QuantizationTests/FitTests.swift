import CQuantizers
import GGUF
import Quantization
import Swiftlet
import Tensors
import TestSupport
import Testing

/// Weights that the type asked for cannot hold.
@Suite struct FitTests {
    /// Index of the first weight that a format could not keep; nil where it kept all.
    private static func overflow(_ values: [Float], _ format: WeightFormat) throws -> Int? {
        let bytes = try quantize(values, columns: 256, format).get()
        let found = unsafe swl_first_overflow(format.rawValue, values.count / 256, 256, values, bytes)
        return found >= 0 ? found : nil
    }

    @Test(arguments: writtenFormats)
    func `weights of any size are kept, or found to be too large or too small`(format: WeightFormat) throws {
        let normal = randomWeights(seed: 6, count: 1024)
        let type = try #require(TensorType(rawValue: format.rawValue))
        var kept = 0
        for power in stride(from: -40, through: 38, by: 1) {
            let scale = (0..<abs(power)).reduce(Float(1)) { value, _ in power < 0 ? value / 10 : value * 10 }
            let values = normal.map { $0 * scale }
            let found = try unpack(quantize(values, columns: 256, format).get(), columns: 256, format)
            var squares = RowQuantizer.Squares()
            squares.error = squaredError(found, values)
            squares.weight = squaredError(values.map { _ in 0 }, values)
            let isKept = try Self.overflow(values, format) == nil && squares.underflow(of: type) == nil
            // A kept tensor's error is no larger than where scales fit.
            let limit =
                [.tq1_0, .tq2_0].contains(format)
                ? 0.8 : [.iq1_s, .iq1_m].contains(format) ? 0.6 : format.isQuantized ? 0.5 : 0.01
            if isKept { #expect(squares.relativeError <= limit, "1e\(power)") }
            if (-2...2).contains(power) { #expect(isKept, "1e\(power)") }
            kept += isKept ? 1 : 0
        }
        let range = [.f32, .bf16, .mxfp4].contains(format) ? 70...79 : 8...16
        #expect(range.contains(kept), "\(kept)")
    }

    /// The largest that rounds to a finite number, and the next float32.
    @Test(arguments: [(WeightFormat.f16, Float(65_520)), (.bf16, Float(bitPattern: 0x7F7F_8000))])
    func `what rounds to infinity is found, and nothing below it`(format: WeightFormat, limit: Float) throws {
        for sign in [Float(1), -1] {
            var values = randomWeights(seed: 7, count: 512)
            values[300] = sign * limit.nextDown
            #expect(try Self.overflow(values, format) == nil)
            values[300] = sign * limit
            values[400] = sign * limit
            #expect(try Self.overflow(values, format) == 300)
        }
    }

    // MARK: Models

    /// Writes a model of one matrix, `[4, 256]`, and a norm; and lends it.
    private static func model(
        _ matrix: [Float], norm: [Float] = [Float](repeating: 1, count: 256), in folder: borrowing TemporaryFolder
    ) throws -> String {
        var contents = GGUFContents()
        contents.set("general.architecture", "llama")
        contents.set("llama.block_count", 1 as UInt32)
        contents.addTensor("blk.0.attn_q.weight", type: .F32, dimensions: [256, matrix.count / 256])
        contents.addTensor("output_norm.weight", type: .F32, dimensions: [256])
        contents.addTensor("blk.0.attn_k.weight", type: .F32, dimensions: [256, 4])
        var writer = try GGUFWriter(path: folder.path("in.gguf"), contents: contents)
        let tensors = [matrix, norm, randomWeights(seed: 9, count: 1024)]
        for (name, values) in zip(["blk.0.attn_q.weight", "output_norm.weight", "blk.0.attn_k.weight"], tensors) {
            let bytes = values.flatMap { RawGGUF.little($0.bitPattern) }
            try writer.append(unsafe bytes.span.bytes, to: name)
        }
        try writer.finish()
        return folder.path("in.gguf")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        let value: Float
        let stored: String
        let reason: String

        var testDescription: String { "\(type), \(value)" }
    }

    private static let cases: [Case] =
        [
            Case(type: "f16", value: 1e6, stored: "BF16", reason: "F16 cannot hold 1000000.0 in row 2, column 3"),
            Case(type: "f16", value: -65_520, stored: "BF16", reason: "F16 cannot hold -65520.0 in row 2, column 3"),
            Case(type: "f16", value: 65_519, stored: "F16", reason: ""),
            Case(type: "bf16", value: 3.4e38, stored: "F32", reason: "BF16 cannot hold 3.4e+38 in row 2, column 3"),
            Case(type: "f16", value: 3.4e38, stored: "F32", reason: "F16 cannot hold 3.4e+38 in row 2, column 3"),
            Case(type: "f32", value: 3.4e38, stored: "F32", reason: ""),
        ]
        + ["q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "iq4_nl", "q2_k", "q3_k_s", "q4_k_s", "q5_k_s", "q6_k", "iq4_xs"]
        .map { Case(type: $0, value: 1e30, stored: "BF16", reason: " cannot hold 1e+30 in row 2, column 3") }

    @Test(arguments: cases)
    func `a tensor with a weight that is too large gets a type that can hold it`(_ item: Case) throws {
        let folder = try TemporaryFolder()
        var matrix = randomWeights(seed: 8, count: 1024)
        matrix[2 * 256 + 3] = item.value
        let source = try Self.model(matrix, in: folder)
        let tensors = try Quantizer(item.type).quantize(source, to: folder.path("out.gguf"))
        #expect(tensors.map(\.newType)[0] == item.stored)
        #expect(tensors[0].fallback?.contains(item.reason) ?? item.reason.isEmpty, "\(tensors[0].fallback ?? "")")
        #expect(tensors[1].fallback == nil && tensors[2].fallback == nil)

        let file = try GGUFFile(path: folder.path("out.gguf"))
        #expect(file.tensors.map(\.type.name) == tensors.map(\.newType))
        #expect(file.tensors.map(\.byteCount) == tensors.map(\.newBytes))
        let found = try weights(of: file.tensors[0], in: file)
        #expect(abs(found[2 * 256 + 3] - item.value) <= abs(item.value) * 0x1p-8)
        #expect(squaredError(found.filter { abs($0) < 1 }, matrix.filter { abs($0) < 1 }) < 1e-2)
        // The tensors after it lie where the header says.
        #expect(try weights(of: file.tensors[1], in: file).allSatisfy { $0 == 1 })
        let plain = folder.path("plain.gguf")
        _ = try Quantizer(item.type).quantize(Self.model(randomWeights(seed: 8, count: 1024), in: folder), to: plain)
        let other = try GGUFFile(path: plain)
        #expect(try weights(of: file.tensors[2], in: file) == weights(of: other.tensors[2], in: other))
    }

    @Test(arguments: ["f16", "q8_0", "q4_0", "q6_k", "q4_k_m", "q2_k"])
    func `a tensor of weights that are too small gets a type that can hold them`(type: String) throws {
        let folder = try TemporaryFolder()
        let matrix = randomWeights(seed: 8, count: 1024).map { $0 * 1e-12 }
        let tensors = try Quantizer(type).quantize(Self.model(matrix, in: folder), to: folder.path("out.gguf"))
        #expect(tensors[0].newType == "BF16")
        #expect(tensors[0].fallback?.contains("weights are too small for ") == true)
        let file = try GGUFFile(path: folder.path("out.gguf"))
        let found = try weights(of: file.tensors[0], in: file)
        #expect(squaredError(found, matrix) < 1e-4 * squaredError(matrix.map { _ in 0 }, matrix))
    }

    @Test func `rows of tiny weights beside others are no reason for a larger type`() throws {
        let folder = try TemporaryFolder()
        var matrix = randomWeights(seed: 8, count: 1024)
        for index in 0..<512 { matrix[index] *= 1e-20 }
        for type in ["f16", "q8_0", "q4_k_m"] {
            let tensors = try Quantizer(type).quantize(Self.model(matrix, in: folder), to: folder.path("out.gguf"))
            #expect(tensors.allSatisfy { $0.fallback == nil })
        }
    }

    @Test func `a tensor of zeros has the type that was chosen`() throws {
        let folder = try TemporaryFolder()
        let source = try Self.model([Float](repeating: 0, count: 1024), in: folder)
        for type in ["f16", "q8_0", "q4_k_m"] {
            let tensors = try Quantizer(type).quantize(source, to: folder.path("out.gguf"))
            #expect(tensors.allSatisfy { $0.fallback == nil })
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity], ["f32", "f16", "q8_0"])
    func `a weight that is not finite is an error, also where a tensor keeps its type`(
        value: Float, type: String
    ) throws {
        let folder = try TemporaryFolder()
        var norm = [Float](repeating: 1, count: 256)
        norm[7] = value
        let source = try Self.model(randomWeights(seed: 8, count: 1024), norm: norm, in: folder)
        let error = try #require(throws: SwiftletError.self) {
            _ = try Quantizer(type).quantize(source, to: folder.path("out.gguf"))
        }
        #expect(error.code == .model)
        #expect(
            error.message.contains(
                "tensor \"output_norm.weight\" (F32) has the weight \(Double(value)) in row 0, column 7: the model is"))
        #expect(folder.names == ["in.gguf"])
    }

    // MARK: Names

    @Test(arguments: FileType.allCases) func `a type is known by llama-quantize's spellings`(type: FileType) throws {
        #expect(FileType(spelled: type.rawValue.uppercased()) == type)
        #expect(FileType(spelled: "\(type.number)") == type)
        #expect(try Quantizer(type.rawValue.uppercased()).typeName == type.rawValue)
    }

    @Test func `aliases and others of llama-quantize's names are known`() throws {
        for (name, type) in [("Q3_K", "q3_k_m"), ("q4_k", "q4_k_m"), ("Q5_k", "q5_k_m")] {
            #expect(try Quantizer(name).typeName == type)
        }
        for (name, answer) in [
            ("q9", "there is no type \"q9\""), ("", "there is no type \"\""),
        ] {
            let error = try #require(throws: SwiftletError.self) { _ = try Quantizer(name) }
            #expect(error.message.contains(answer))
        }
    }
}
