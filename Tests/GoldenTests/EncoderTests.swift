import Swiftlet
import TestSupport
import Testing

/// Tiny random-weight encoders of every family against float64 arithmetic (`Fixtures/golden/README.md`).
@Suite struct EncoderTests {
    struct Golden: Decodable, CustomTestStringConvertible {
        let file: String
        let texts: [[Token]]
        let states: String
        let columns: Int
        let maskedText: Int?
        let tokenProbabilities: [Float]?
        let classLogits: [[Float]]?
        let tokenClassLogits: [[Float]]?
        let pairs: [[String]]?
        let pairLogits: [Float]?

        var testDescription: String { file }

        var exactStates: [Float] {
            get throws { try floats(Fixtures.path("golden/encodings/\(states)")) }
        }

        var model: Model {
            get throws { try Model(path: Fixtures.path("models/\(file)")) }
        }

        /// What rounding costs: of activations to int8 where weights are quantized, of sums to float32 everywhere.
        var tolerance: Float { file.contains("q8_0") ? 0.15 : 2e-5 }
    }

    struct List: Decodable { let models: [Golden] }

    static let goldens = (try? decode(List.self, Fixtures.path("golden/encodings.json")).models) ?? []

    @Test func `there are encoders of every family`() {
        #expect(Self.goldens.count == 15)
    }

    @Test(arguments: goldens, Variant.all)
    func `states are those of exact arithmetic`(golden: Golden, variant: Variant) throws {
        var embedder = try Embedder(golden.model, variant.embedderOptions)
        let found = try embedder.embed(tokens: golden.texts)
        #expect(found.dimensions == golden.columns)
        #expect(found.texts.map(\.tokenCount) == golden.texts.map(\.count))
        #expect(Divergence.largestDifference(try golden.exactStates, found.values) <= golden.tolerance)
    }

    @Test(arguments: goldens.filter { $0.tokenProbabilities != nil }, InstructionSets.runnable)
    func `masked tokens are as probable as in exact arithmetic`(golden: Golden, instructionSet: String) throws {
        var options = HeadOptions()
        options.instructionSet = instructionSet
        let model = try golden.model
        var filler = try MaskFiller(model, options)
        let found = try filler.fill(tokens: golden.texts[#require(golden.maskedText)], top: model.vocabularySize)
        #expect(found.count == 1)
        let probabilities = found[0].sorted { $0.token < $1.token }.map(\.probability)
        #expect(Divergence.largestDifference(try #require(golden.tokenProbabilities), probabilities) <= 1e-5)
        #expect(zip(found[0], found[0].dropFirst()).allSatisfy { $0.probability >= $1.probability })
    }

    @Test(arguments: goldens.filter { $0.classLogits != nil }, InstructionSets.runnable)
    func `classes are those of exact arithmetic`(golden: Golden, instructionSet: String) throws {
        var options = HeadOptions()
        options.instructionSet = instructionSet
        var classifier = try Classifier(golden.model, options)
        let expected = try #require(golden.classLogits)
        let found = try classifier.classify(tokens: golden.texts)
        for (expected, predictions) in zip(expected, found) {
            let logits = predictions.sorted { $0.index < $1.index }.map(\.logit)
            #expect(Divergence.largestDifference(expected, logits) <= golden.tolerance)
        }
        let tokens = try classifier.classifyTokens(tokens: golden.texts[2])
        for (expected, token) in zip(try #require(golden.tokenClassLogits), tokens) {
            let logits = token.predictions.sorted { $0.index < $1.index }.map(\.logit)
            #expect(Divergence.largestDifference(expected, logits) <= golden.tolerance)
        }
    }

    /// Its texts have one token for each byte.
    @Test(arguments: goldens.filter { $0.pairs != nil }, InstructionSets.runnable)
    func `pairs are ranked as in exact arithmetic`(golden: Golden, instructionSet: String) throws {
        var options = HeadOptions()
        options.instructionSet = instructionSet
        var reranker = try Reranker(golden.model, options)
        for (pair, expected) in zip(try #require(golden.pairs), try #require(golden.pairLogits)) {
            let found = try reranker.score(pair[0], [pair[1]])
            #expect(abs(found[0] - expected) <= golden.tolerance)
        }
    }
}

extension Variant {
    /// The states of all tokens as they are.
    var embedderOptions: EmbedderOptions {
        var options = EmbedderOptions()
        options.instructionSet = instructionSet
        options.threads = threads
        options.batchTokens = stepTokens
        options.pooling = EmbedderOptions.Pooling.none
        options.normalize = false
        return options
    }
}
