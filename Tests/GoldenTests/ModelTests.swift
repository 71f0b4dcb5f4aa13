import GGUF
import Swiftlet
import TestSupport
import Testing

/// Tiny random-weight models of every family and type against llama.cpp and float64 arithmetic
/// (`Fixtures/golden/README.md`).
@Suite struct ModelTests {
    struct Tolerance: Decodable {
        let maxDifference: Float
        let meanDivergence: Double?
    }

    struct Golden: Decodable, CustomTestStringConvertible {
        let file: String
        let ids: [Token]
        let greedy: [Token]
        let logits: String
        let exactLogits: String?
        let tolerance: Tolerance
        let toleranceWithF16Cache: Tolerance

        var testDescription: String { file }

        var exact: [Float] {
            get throws { try floats(Fixtures.path("golden/\(exactLogits ?? logits)")) }
        }
    }

    struct List: Decodable { let models: [Golden] }

    private static func listed(_ name: String) -> [Golden] {
        (try? decode(List.self, Fixtures.path("golden/\(name).json")).models) ?? []
    }

    static let mixtures = listed("mixtures")
    static let hybrids = listed("hybrids")
    static let linear = listed("linear")
    static let goldens = listed("models") + mixtures + hybrids + linear

    @Test func `there are models of every family`() throws {
        #expect(Self.listed("models").count == 70)
        #expect(Self.mixtures.count == 15)
        #expect(Self.hybrids.count == 11)
        #expect(Self.linear.count == 6)
    }

    @Test(arguments: goldens, Variant.all)
    func `logits are those of exact arithmetic`(golden: Golden, variant: Variant) throws {
        let model = try Model(path: Fixtures.path("models/\(golden.file)"))
        let found = try logits(model, golden.ids, variant)
        try check(found, golden, golden.tolerance)
    }

    @Test(arguments: goldens)
    func `a float16 cache costs little`(golden: Golden) throws {
        let model = try Model(path: Fixtures.path("models/\(golden.file)"))
        let found = try logits(model, golden.ids, Variant(threads: 2, cacheType: .f16))
        try check(found, golden, golden.toleranceWithF16Cache)
    }

    @Test(arguments: [1, 512]) func `a q8_0 cache costs little and takes half of float16's memory`(
        stepTokens: Int
    ) throws {
        let model = try Model(path: Fixtures.path("chat.gguf"))
        let ids = model.tokenize("The kernels are written by hand, one table of functions for each instruction set. ")
        var sizes: [SessionOptions.CacheType: Int] = [:]
        for type in SessionOptions.CacheType.allCases {
            var options = SessionOptions()
            options.cacheType = type
            sizes[type] = try Session(model, options).cacheByteCount
        }
        #expect(sizes[.f32] == 4 * 2 * 128 * 4 * model.contextLength)  // layers, keys and values, columns, bytes
        #expect(sizes[.q8_0] == 4 * 2 * 128 / 32 * 34 * model.contextLength)
        let exact = try logits(model, ids, Variant(threads: 2, stepTokens: stepTokens))
        let found = try logits(model, ids, Variant(threads: 2, stepTokens: stepTokens, cacheType: .q8_0))
        let mean = Divergence.meanKullbackLeibler(exact: exact, found: found, columns: model.vocabularySize)
        #expect(mean > 0 && mean < 3e-3, "\(mean)")
    }

    /// Of latent attention: the vector of 16 columns once, beside the 4 that rotate.
    @Test func `a latent cache holds a vector and a key`() throws {
        let model = try Model(path: Fixtures.path("models/deepseek2-f32.gguf"))
        let layers = try model.metadata.int("deepseek2.block_count")
        let columns = try model.metadata.int("deepseek2.attention.key_length")
        var options = SessionOptions()
        options.cacheType = .f32
        #expect(try Session(model, options).cacheByteCount == layers * columns * 4 * model.contextLength)
    }

    @Test func `the cache takes memory as tokens come`() throws {
        let model = try Model(path: Fixtures.path("chat.gguf"))
        var session = try Session(model)
        #expect(session.usedCacheByteCount == 0)
        try session.append([Token](repeating: 5, count: 70))
        let positionBytes = 4 * 2 * 128 * 2  // layers, keys and values, columns, bytes
        #expect(session.usedCacheByteCount == 128 * positionBytes)
        session.rewind(to: 64)
        #expect(session.usedCacheByteCount == 64 * positionBytes)
    }

    @Test func `a q8_0 cache is refused where heads are no multiple of 32`() throws {
        let model = try Model(path: Fixtures.path("models/\(#require(Self.goldens.first).file)"))
        var options = SessionOptions()
        options.cacheType = .q8_0
        let error = #expect(throws: SwiftletError.self) { _ = try Session(model, options) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("cacheType") == true)
    }

    @Test(arguments: goldens)
    func `the greedy continuation is llama.cpp's`(golden: Golden) throws {
        let model = try Model(path: Fixtures.path("models/\(golden.file)"))
        let found = try greedy(model, golden.ids, count: golden.greedy.count, Variant(threads: 2))
        #expect(found.tokens == golden.greedy)
    }

    private func check(_ found: [Float], _ golden: Golden, _ tolerance: Tolerance) throws {
        let exact = try golden.exact
        let difference = Divergence.largestDifference(exact, found)
        #expect(difference <= tolerance.maxDifference)
        if let limit = tolerance.meanDivergence {
            let columns = exact.count / golden.ids.count
            #expect(Divergence.meanKullbackLeibler(exact: exact, found: found, columns: columns) <= limit)
        }
    }
}
