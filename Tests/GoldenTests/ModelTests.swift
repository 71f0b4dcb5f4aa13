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

    static let goldens = (try? decode(List.self, Fixtures.path("golden/models.json")).models) ?? []

    @Test func `there are models of every family`() throws {
        #expect(Self.goldens.count == 17)
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
