import GGUF
import Swiftlet
import TestSupport
import Testing

/// A real trained Llama against llama.cpp.
@Suite(.enabled(if: SharedData.isPresent, .init(rawValue: SharedData.absent)))
struct StoriesTests {
    struct Case: Decodable {
        let prompt: String
        let promptIds: [Token]
        let greedyIds: [Token]
        let greedyText: String
    }

    struct Expected: Decodable { let cases: [Case] }

    static let path = SharedData.path("stories260K/stories260K-f32.gguf")

    private var cases: [Case] {
        get throws { try decode(Expected.self, SharedData.path("stories260K/expected.json")).cases }
    }

    @Test func `prompts are tokenized as by llama.cpp`() throws {
        let model = try Model(path: Self.path)
        for item in try cases { #expect(model.tokenize(item.prompt) == item.promptIds) }
    }

    @Test(
        arguments: [
            (Variant(threads: 2), 1e-4), (Variant(stepTokens: 4), 1e-4), (Variant(threads: 2, cacheType: .f16), 2e-3),
        ] as [(Variant, Float)])
    func `logits are llama.cpp's`(variant: Variant, tolerance: Float) throws {
        let model = try Model(path: Self.path)
        var found: [Float] = []
        for item in try cases { found += try logits(model, item.promptIds, variant) }
        let expected = try floats(SharedData.path("stories260K/logits.f32"))
        let largest = expected.reduce(0) { max($0, abs($1)) }
        #expect(Divergence.largestDifference(expected, found) <= tolerance * largest)
    }

    @Test(arguments: Variant.all + [Variant(threads: 2, cacheType: nil)])
    func `the greedy text is llama.cpp's`(variant: Variant) throws {
        let model = try Model(path: Self.path)
        for item in try cases {
            let found = try greedy(model, item.promptIds, count: item.greedyIds.count, variant)
            #expect(found.text == item.greedyText)
            #expect(found.tokens == item.greedyIds)
        }
    }
}

/// What rounding activations to int8 costs, against llama.cpp's cost on the same weights.
@Suite(.enabled(if: SharedData.isPresent, .init(rawValue: SharedData.absent)))
struct QuantizedStoriesTests {
    struct Sequence: Decodable { let ids: [Token] }

    struct Reference: Decodable {
        let meanDivergence: Double
        let tensors: [String: [String]]
    }

    struct Stored: Decodable {
        let sequences: [Sequence]
        let types: [String: Reference]
    }

    private static func stored() throws -> Stored {
        try decode(Stored.self, Fixtures.path("golden/stories260K_kl.json"))
    }

    @Test(arguments: [("q8_0", TensorType.Q8_0), ("q4_0", TensorType.Q4_0)])
    func `int8 activations cost no more than llama.cpp's`(name: String, type: TensorType) throws {
        let stored = try Self.stored()
        let reference = try #require(stored.types[name])
        let folder = try TemporaryFolder()
        let quantized = folder.path("quantized.gguf")
        let exact = folder.path("exact.gguf")
        try QuantizedCopy.write(StoriesTests.path, as: type, to: quantized, exact: exact, expected: reference.tensors)
        let models = (try Model(path: quantized), try Model(path: exact))
        var sum = 0.0
        var count = 0
        for sequence in stored.sequences {
            let found = try logits(models.0, sequence.ids, Variant(threads: 2, cacheType: .f16))
            let right = try logits(models.1, sequence.ids, Variant(threads: 2))
            let mean = Divergence.meanKullbackLeibler(exact: right, found: found, columns: models.0.vocabularySize)
            sum += mean * Double(sequence.ids.count)
            count += sequence.ids.count
        }
        #expect(count == 1056)
        #expect(sum / Double(count) <= reference.meanDivergence)
    }
}
