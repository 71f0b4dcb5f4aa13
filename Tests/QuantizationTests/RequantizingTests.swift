import GGUF
import Quantization
import Swiftlet
import Tensors
import TestSupport
import Testing

/// Models in types that are only read, quantized again.
@Suite struct RequantizingTests {
    private static let fewBits = Fixtures.path("models/llama-few-bits.gguf")

    private static func requantize(_ path: String, to type: String, _ out: String) throws {
        var quantizer = try Quantizer(type)
        quantizer.allowsRequantizing = true
        _ = try quantizer.quantize(path, to: out)
    }

    @Test func `every weight of every type becomes the same number in float32`() throws {
        let folder = try TemporaryFolder()
        try Self.requantize(Self.fewBits, to: "f32", folder.path("out.gguf"))
        let source = try GGUFFile(path: Self.fewBits)
        let found = try GGUFFile(path: folder.path("out.gguf"))
        #expect(Set(source.tensors.map(\.type.name)).isSuperset(of: (readFormats + codebookFormats).map(\.name)))
        for tensor in source.tensors where tensor.rows > 1 {
            let copy = try #require(found.tensor(named: tensor.name))
            #expect(copy.type == .F32)
            #expect(try weights(of: copy, in: found) == weights(of: tensor, in: source), "\(tensor.name)")
        }
    }

    @Test(arguments: ["q8_0", "q4_k_m", "tq2_0"]) func `a model quantized again runs`(type: String) throws {
        let folder = try TemporaryFolder()
        try Self.requantize(Self.fewBits, to: type, folder.path("out.gguf"))
        let model = try Model(path: folder.path("out.gguf"))
        var session = try Session(model)
        try session.append([1, 5, 9]) { _, row in
            var areFinite = true
            for index in row.indices { areFinite = areFinite && row[index].isFinite }
            #expect(areFinite)
        }
    }

    /// All bits of a matrix random, scales that are infinite or NaN among them.
    @Test(arguments: readFormats + codebookFormats) func `random blocks are quantized or refused`(
        format: WeightFormat
    ) throws {
        let folder = try TemporaryFolder()
        let type = try #require(TensorType(rawValue: format.rawValue))
        var random = SeededRandom(seed: Int(format.rawValue))
        let size = 16 * (try format.rowBytes(columns: 256))
        let bytes = Array((0..<(size + 7) / 8).flatMap { _ in RawGGUF.little(random.next()) }.prefix(size))
        var contents = GGUFContents()
        contents.set("general.architecture", "llama")
        contents.addTensor("blk.0.attn_q.weight", type: type, dimensions: [256, 16])
        var writer = try GGUFWriter(path: folder.path("in.gguf"), contents: contents)
        try writer.append(unsafe bytes.span.bytes, to: "blk.0.attn_q.weight")
        try writer.finish()
        let values = try unpack(bytes, columns: 256, format)
        if values.allSatisfy(\.isFinite) {
            try Self.requantize(folder.path("in.gguf"), to: "q8_0", folder.path("out.gguf"))
        } else {
            let error = #expect(throws: SwiftletError.self) {
                try Self.requantize(folder.path("in.gguf"), to: "q8_0", folder.path("out.gguf"))
            }
            #expect(error?.message.contains("blk.0.attn_q.weight") == true)
        }
    }
}
