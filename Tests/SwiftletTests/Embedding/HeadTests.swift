import Swiftlet
import TestSupport
import Testing

/// The heads' handling of texts and options; their arithmetic is tested in GoldenTests.
@Suite struct HeadTests {
    private func model(_ name: String) throws -> Model {
        try Model(path: Fixtures.path("models/\(name).gguf"))
    }

    @Test func `a classifier names its classes and orders them`() throws {
        var classifier = try Classifier(model("distilbert-f16"))
        #expect(classifier.labels == ["NEGATIVE", "NEUTRAL", "POSITIVE"])
        let found = try classifier.classify(["the one", "", "🦉"])
        for predictions in found {
            #expect(Set(predictions.map(\.label)).count == 3)
            #expect(abs(predictions.reduce(0) { $0 + $1.probability } - 1) < 1e-6)
            #expect(zip(predictions, predictions.dropFirst()).allSatisfy { $0.probability >= $1.probability })
        }
        #expect(try classifier.classify(["the one"]) == [found[0]])
    }

    @Test func `every token has its classes`() throws {
        let model = try model("bert-tagger-f16")
        var classifier = try Classifier(model)
        let found = try classifier.classifyTokens("the one")
        #expect(found.map(\.token) == model.tokenize("the one"))
        #expect(found.first?.text == "[CLS]" && found.last?.text == "[SEP]")
        #expect(found.allSatisfy { $0.predictions.count == 3 })
    }

    @Test(arguments: [1, 2, 5]) func `a reranker scores each document by itself`(threads: Int) throws {
        var options = HeadOptions()
        options.threads = threads
        var reranker = try Reranker(model("bert-reranker-f16"), options)
        let documents = (0..<30).map { String(repeating: "other ", count: $0 % 7) } + ["another"]
        let found = try reranker.score("which one", documents)
        #expect(found.count == documents.count && Set(found).count == 8)
        for (document, score) in zip(documents, found) {
            #expect(try reranker.score("which one", [document]) == [score])
        }
        #expect(Reranker.probability(of: 0) == 0.5)
        let error = #expect(throws: SwiftletError.self) { _ = try Reranker(model("distilbert-f16")) }
        #expect(error?.message.contains("3 (NEGATIVE, NEUTRAL, POSITIVE)") == true)
    }

    @Test func `a pair that is too long is an error, or its longer text gives way`() throws {
        let model = try model("bert-reranker-f16")
        let long = String(repeating: "x", count: 100_000)
        var strict = try Reranker(model)
        let error = #expect(throws: SwiftletError.self) { _ = try strict.score("quiz", ["jump", long]) }
        #expect(error?.code == .contextFull && error?.message.contains("pair 2") == true)
        var options = HeadOptions()
        options.overflow = .truncate
        var lenient = try Reranker(model, options)
        // 64 tokens, three of them special, four of the query.
        #expect(try lenient.score("quiz", [long]) == lenient.score("quiz", [String(repeating: "x", count: 57)]))
    }

    @Test func `the longer of two texts gives way until both are alike`() {
        #expect(TextLimit.longestFirst(3, 4, most: 10) == (3, 4))
        #expect(TextLimit.longestFirst(3, 40, most: 10) == (3, 7))
        #expect(TextLimit.longestFirst(40, 3, most: 10) == (7, 3))
        #expect(TextLimit.longestFirst(20, 30, most: 10) == (5, 5))
        #expect(TextLimit.longestFirst(20, 30, most: 11) == (5, 6))
        #expect(TextLimit.longestFirst(30, 20, most: 11) == (6, 5))
    }

    @Test func `masks are filled in, each by the most probable tokens`() throws {
        var filler = try MaskFiller(model("bert-f16"))
        #expect(filler.mask == "[MASK]")
        let found = try filler.fill("the [MASK] of [MASK].", top: 3)
        #expect(found.count == 2 && found.allSatisfy { $0.count == 3 })
        // The space in front of a mask is the mask's.
        #expect(try filler.fill("the  [MASK] of[MASK].", top: 3) == found)
        #expect(try filler.fill("the [MASK]", top: 0) == [[]])
        let error = #expect(throws: SwiftletError.self) { _ = try filler.fill("no mask") }
        #expect(error?.message.contains("[MASK]") == true)
    }

    @Test func `spans of many texts are those of each alone`() throws {
        let texts = ["the owl in the other room", "", "🦉 x", String(repeating: "sort of it ", count: 5)]
        var tagger = try Tagger(model("bert-tagger-f16"), aggregation: .none)
        let found = try tagger.tag(texts)
        #expect(try texts.map { try tagger.tag($0) } == found && found.contains { !$0.isEmpty })
        var options = HeadOptions()
        options.overflow = .truncate
        options.maxTokens = 8
        var short = try Tagger(model("bert-tagger-f16"), options)
        _ = try short.tag(texts)
        #expect(short.truncatedCount == 2)
    }

    @Test func `a model without a head says which`() throws {
        let embedder = try model("nomic-bert-f16")
        let classifier = #expect(throws: SwiftletError.self) { _ = try Classifier(embedder) }
        #expect(classifier?.code == .model && classifier?.message.contains("classifier") == true)
        let filler = #expect(throws: SwiftletError.self) { _ = try MaskFiller(embedder) }
        #expect(filler?.code == .model && filler?.message.contains("masked") == true)
    }
}
