import Foundation
import TestSupport
import Testing

@Suite struct HeadTests {
    private static let reranker = Fixtures.path("models/bert-reranker-f16.gguf")
    private static let masked = Fixtures.path("models/modern-bert-masked-f16.gguf")

    private struct Ranking: Decodable {
        struct Result: Decodable, Equatable {
            let index: Int
            let score: Double
            let probability: Double
            let text: String
        }
        let query: String
        let results: [Result]
    }

    private struct Filling: Decodable {
        struct Prediction: Decodable {
            let token: Int
            let text: String
            let probability: Double
        }
        let masks: [[Prediction]]
    }

    @Test func `texts are printed the best first, wherever they come from`() async throws {
        let texts = ["fish and meat", "the stock market", "", "cats eat fish"]
        let ranked = try await CommandLineTool.run(
            ["rerank", "-m", Self.reranker, "what do cats eat", "--format", "json"] + texts)
        #expect(ranked.status == 0, "\(ranked.errors)")
        let ranking = try ranked.decoded(Ranking.self)
        #expect(ranking.query == "what do cats eat")
        #expect(ranking.results.map(\.score) == ranking.results.map(\.score).sorted(by: >))
        #expect(Set(ranking.results.map(\.index)) == [0, 1, 2, 3])
        for result in ranking.results {
            #expect(result.text == texts[result.index])
            #expect(abs(result.probability - 1 / (1 + exp(-result.score))) < 1e-6)
        }
        let best = try await CommandLineTool.run(
            "rerank", "-m", Self.reranker, "what do cats eat", "--format", "json", "-k", "2",
            input: Data(texts.joined(separator: "\n").utf8))
        #expect(try best.decoded(Ranking.self).results == Array(ranking.results.prefix(2)))
        let table = try await CommandLineTool.run(
            ["rerank", "-m", Self.reranker, "what do cats eat", "-k", "1"] + texts)
        #expect(table.text.split(separator: "\n").count == 2)
        #expect(table.text.contains("probability"))
    }

    @Test func `special tokens that a text spells are tokens, or text on request`() async throws {
        func score(_ arguments: String...) async throws -> [Double] {
            let ranked = try await CommandLineTool.run(
                ["rerank", "-m", Self.reranker, "--format", "json", "what[SEP]do"] + arguments)
            #expect(ranked.status == 0, "\(ranked.errors)")
            return try ranked.decoded(Ranking.self).results.map(\.score)
        }
        #expect(try await score("a[SEP]b") != score("--no-special", "a[SEP]b"))
        func fill(_ arguments: String...) async throws -> [Double] {
            let filled = try await CommandLineTool.run(
                ["fill-mask", "-m", Self.masked, "--format", "json", "-k", "2"] + arguments)
            #expect(filled.status == 0, "\(filled.errors)")
            return try filled.decoded(Filling.self).masks.flatMap { $0.map(\.probability) }
        }
        // The mask is always found, and takes the space before it along.
        #expect(try await fill("--no-special", "a [MASK] b") == fill("a[MASK] b"))
        #expect(try await fill("--no-special", "a[SEP][MASK]") != fill("a[SEP][MASK]"))
    }

    @Test func `each mask gets its most probable tokens`() async throws {
        let filled = try await CommandLineTool.run(
            "fill-mask", "-m", Self.masked, "a [MASK] and [MASK].", "-k", "3", "--format", "json")
        #expect(filled.status == 0, "\(filled.errors)")
        let masks = try filled.decoded(Filling.self).masks
        #expect(masks.map(\.count) == [3, 3])
        for predictions in masks {
            let probabilities = predictions.map(\.probability)
            #expect(probabilities == probabilities.sorted(by: >))
            #expect(probabilities.allSatisfy { (0...1).contains($0) })
        }
        let table = try await CommandLineTool.run("fill-mask", "-m", Self.masked, "a [MASK]", "-k", "2")
        #expect(table.text.split(separator: "\n").count == 3)
    }

    @Test func `texts that were truncated are counted`() async throws {
        let short = ["--max-tokens", "10", "--overflow", "truncate"]
        let long = String(repeating: "fish and meat ", count: 9)
        let ranked = try await CommandLineTool.run(
            ["rerank", "-m", Self.reranker, "a", "fish", long, long] + short)
        #expect(ranked.status == 0 && ranked.errors == "swiftlet: 2 texts were truncated\n")
        let filled = try await CommandLineTool.run(["fill-mask", "-m", Self.masked, "a [MASK] and " + long] + short)
        #expect(filled.status == 0 && filled.errors == "swiftlet: the text was truncated\n")
        let whole = try await CommandLineTool.run(["fill-mask", "-m", Self.masked, "a [MASK]"] + short)
        #expect(whole.status == 0 && whole.errors.isEmpty)
    }

    @Test(arguments: [
        UsageTests.Mistake("rerank", "-m", Fixtures.path("models/bert-f16.gguf"), "a", "b", answer: "no classifier"),
        UsageTests.Mistake("rerank", "-m", "/no/such.gguf", "a", "b", answer: "/no/such.gguf: open: No such file"),
        UsageTests.Mistake("fill-mask", "-m", masked, "no mask", answer: "the text has no [MASK] to fill in"),
        UsageTests.Mistake("fill-mask", "-m", Fixtures.path("chat.gguf"), "a", answer: "no token for masks"),
        UsageTests.Mistake("embed", "-m", reranker, "a", answer: "has no vectors"),
        UsageTests.Mistake("similarity", "-m", reranker, "a", "b", answer: "has no vectors"),
    ])
    func `a model that is made for something else is refused`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 1)
        #expect(result.errors.contains(mistake.answer), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        UsageTests.Mistake("rerank", "a", "b", answer: "Missing expected argument '--model <path>'"),
        UsageTests.Mistake("rerank", "-m", "x", "a", "b", "-k", "0", answer: "use -k with 1 or more"),
        UsageTests.Mistake("fill-mask", "-m", "", "a", answer: "the path of the model is empty"),
        UsageTests.Mistake("fill-mask", "-m", "x", answer: "Missing expected argument '<text>'"),
    ])
    func `wrong usage is answered with what was wrong`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(mistake.answer), "\(result.errors)")
    }
}
