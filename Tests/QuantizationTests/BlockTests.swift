import CQuantizers
import GGUF
import Tensors
import TestSupport
import Testing

/// Blocks against llama.cpp and the gguf package; the numbers are made by Fixtures/golden/make_quantization_errors.py.
@Suite(.serialized) struct BlockTests {
    private struct Stored: Decodable {
        let blocks: [String: String]
        let random: [String: [String: Double]]
        let chat: [String: [String: Double]]
        let stories260K: [String: [String: Double]]
    }

    private static let stored = Result { try decode(Stored.self, "quantization_errors.json") }

    /// The gguf package has neither Q1_0 nor Q2_0; Tests/KernelChecks decodes them a second time.
    @Test(arguments: WeightFormat.allCases.filter { $0.isQuantized && ![.q1_0, .q2_0].contains($0) })
    func `blocks are decoded as by the gguf package`(format: WeightFormat) throws {
        let halves: [WeightFormat: [Int]] = [
            .q4_1: [0, 2], .q5_1: [0, 2], .q2_k: [80, 82], .q3_k: [108], .q4_k: [0, 2], .q5_k: [0, 2], .q6_k: [208],
            .mxfp4: [], .tq1_0: [52], .tq2_0: [64], .nvfp4: [], .iq1_m: [54],
        ]
        let count = 64
        var random = SeededRandom(seed: Int(format.rawValue))
        let size = count * format.blockBytes
        var bytes = Array((0..<(size + 7) / 8).flatMap { _ in RawGGUF.little(random.next()) }.prefix(size))
        for block in 0..<count {
            for start in halves[format, default: [0]] { bytes[block * format.blockBytes + start + 1] &= 0xBF }
        }
        let expected = try Self.stored.get().blocks[format.name]
        for name in Kernels.runnable {
            let values = try unpack(bytes, columns: count * format.blockElements, format, by: Kernels(named: name))
            #expect(hash(values) == expected, "\(name)")
        }
    }

    private static func check(_ name: String, _ values: [Float], _ errors: [String: [String: Double]]) throws {
        let whole = Array(values.prefix(values.count / 256 * 256))
        for format in blockFormats {
            let llama = try #require(errors[format.name]?[name])
            let found = try unpack(quantize(whole, columns: 256, format).get(), columns: 256, format)
            #expect(squaredError(found, whole) <= llama * 1.001, "\(name), \(format.name)")
        }
    }

    @Test func `random weights lose no more than by llama.cpp`() throws {
        try Self.check("random.weight", randomWeights(seed: 1, count: 65_536), Self.stored.get().random)
    }

    @Test(arguments: ["blk.0.attn_v.weight", "blk.1.ffn_down.weight", "blk.3.attn_q.weight"])
    func `the chat model's weights lose no more than by llama.cpp`(name: String) throws {
        let file = try GGUFFile(path: Fixtures.path("chat.gguf"))
        let tensor = try #require(file.tensor(named: name))
        try Self.check(name, weights(of: tensor, in: file), Self.stored.get().chat)
    }

    @Test(.enabled(if: SharedData.isPresent, .init(rawValue: SharedData.absent)))
    func `no tensor of a trained model loses more than by llama.cpp`() throws {
        let file = try GGUFFile(path: SharedData.path("stories260K/stories260K-f32.gguf"))
        let stored = try Self.stored.get().stories260K
        let names = Set(try #require(stored["Q4_0"]).keys)
        #expect(names.count == 37)
        for tensor in file.tensors where names.contains(tensor.name) {
            try Self.check(tensor.name, weights(of: tensor, in: file), stored)
        }
    }

    @Test(arguments: blockFormats)
    func `every search finds the same bytes`(format: WeightFormat) throws {
        let values = randomWeights(seed: 2, count: 1024)
        let best = unsafe swl_quantizer_search(nil)
        defer { unsafe swl_quantizer_search(best) }
        let expected = try quantize(values, columns: 512, format).get()
        for name in ["portable", "avx2", "avx512"] {
            unsafe swl_quantizer_search(name)
            #expect(try quantize(values, columns: 512, format).get() == expected, "\(name)")
        }
    }

    @Test(arguments: writtenFormats, [Float.nan, .infinity, -.infinity])
    func `a weight that is not finite is found, and nothing written`(format: WeightFormat, value: Float) throws {
        var values = randomWeights(seed: 3, count: 2048)
        values[1500] = value
        values[1900] = value
        #expect(throws: NotFinite(index: 1500)) { try quantize(values, columns: 1024, format).get() }
    }

    /// Weights at the ends of what float32 and the formats hold.
    private static let extremes: [(name: String, values: [Float])] = {
        let normal = randomWeights(seed: 4, count: 512)
        return [
            ("zero", normal.map { _ in 0 }), ("minus zero", normal.map { _ in -0.0 }),
            ("subnormal", normal.map { $0 * 0x1p-133 }), ("tiny", normal.map { $0 * 1e-6 }),
            ("beyond float16", normal.map { $0 * 1e9 }), ("the largest", normal.map { $0 < 0 ? -3.4e38 : 3.4e38 }),
            ("constant", normal.map { _ in 0.37 }), ("far from zero", normal.map { 100 + $0 }),
            ("one alone", normal.indices.map { $0 == 300 ? 1 : 0 }),
            ("mixed", normal.indices.map { $0 % 3 == 0 ? normal[$0] * 1e30 : normal[$0] * 1e-30 }),
        ]
    }()

    @Test(arguments: writtenFormats)
    func `extreme weights give finite ones, no further away than zero is`(format: WeightFormat) throws {
        for (name, values) in Self.extremes {
            let found = try unpack(quantize(values, columns: 256, format).get(), columns: 256, format)
            #expect(found.allSatisfy { $0.isFinite }, "\(name)")
            let zero = squaredError(values.map { _ in 0 }, values)
            #expect(squaredError(found, values) <= zero, "\(name)")
        }
    }

    @Test(arguments: blockFormats)
    func `important weights get less of the error`(format: WeightFormat) throws {
        let values = randomWeights(seed: 5, count: 8192)
        let importance = (0..<256).map { $0 % 4 == 0 ? 100 as Float : 1 }
        func error(_ importance: [Float]?) throws -> Double {
            let found = try unpack(
                quantize(values, columns: 256, format, importance: importance).get(), columns: 256, format)
            return values.indices.filter { $0 % 4 == 0 }.reduce(0) { sum, index in
                sum + Double((found[index] - values[index]) * (found[index] - values[index]))
            }
        }
        let plain = try error(nil)
        // A scale that is a power of two leaves little to choose, as does one for 256 weights.
        #expect(try error(importance) < plain * ([.mxfp4, .tq1_0, .tq2_0].contains(format) ? 1 : 0.95))
        #expect(try error([Float](repeating: .nan, count: 256)) == plain)
        #expect(try error([Float](repeating: 3, count: 256)) == plain)
    }

    @Test func `ragged rows and unknown formats are refused`() {
        let values = [Float](repeating: 1, count: 64)
        var byte: UInt8 = 0
        let refused = ptrdiff_t(SWL_UNSUPPORTED)
        unsafe withUnsafeMutablePointer(to: &byte) { out in
            #expect(unsafe swl_quantize_rows(WeightFormat.q4_k.rawValue, 1, 64, values, nil, out) == refused)
            #expect(unsafe swl_quantize_rows(WeightFormat.q4_0.rawValue, 1, 33, values, nil, out) == refused)
            #expect(unsafe swl_quantize_rows(9, 1, 64, values, nil, out) == refused)
            for format in readFormats {
                #expect(unsafe swl_quantize_rows(format.rawValue, 1, 0, values, nil, out) == refused, "\(format)")
            }
            #expect(unsafe swl_quantize_rows(.max, 1, 64, values, nil, out) == refused)
        }
    }
}
