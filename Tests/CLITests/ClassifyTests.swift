import Foundation
import TestSupport
import Testing

@Suite struct ClassifyTests {
    private static let classes = Fixtures.path("models/distilbert-f16.gguf")
    private static let tagger = Fixtures.path("models/bert-tagger-f16.gguf")

    private struct Result: Decodable, Equatable {
        let index: Int
        let text: String?
        let labels: [String]
        let scores: [Double]
        let logits: [Double]?
    }

    private struct Tags: Decodable {
        struct Span: Decodable {
            let label: String
            let score: Double
            let text: String
            let start: Int
            let end: Int
            let token: Int?
        }
        let index: Int
        let text: String
        let spans: [Span]
    }

    private func results<T: Decodable>(_ arguments: [String], input: String? = nil, _ type: T.Type) async throws -> [T]
    {
        let result = try await CommandLineTool.run(arguments, input: input.map { Data($0.utf8) })
        #expect(result.status == 0, "\(result.errors)")
        return try result.text.split(separator: "\n").map { try JSONDecoder().decode(T.self, from: Data($0.utf8)) }
    }

    @Test func `each text has an object with labels, scores and logits`() async throws {
        let found = try await results(["classify", "-m", Self.classes, "--json", "the one", "another"], Result.self)
        #expect(found.map(\.index) == [0, 1] && found.map(\.text) == ["the one", "another"])
        for result in found {
            #expect(result.labels == ["NEGATIVE", "NEUTRAL", "POSITIVE"])
            #expect(abs(result.scores.reduce(0, +) - 1) < 1e-5)
            #expect(result.logits?.count == 3)
        }
        let lines = try await results(
            ["classify", "-m", Self.classes, "--json"], input: "the one\nanother\n", Result.self)
        #expect(lines == found)
        let best = try await results(["classify", "-m", Self.classes, "--json", "-k", "1", "the one"], Result.self)
        #expect(best[0].scores == [found[0].scores.max()])
        let table = try await CommandLineTool.run("classify", "-m", Self.classes, "the one", "-k", "2")
        #expect(table.text.split(separator: "\n").count == 3 && table.text.contains("score"))
    }

    @Test func `pairs come from arguments or lines, and token ids stand for a text`() async throws {
        let pair = ["classify", "-m", Fixtures.path("models/bert-reranker-f16.gguf"), "--pair", "--json"]
        let arguments = try await results(pair + ["what", "fish", "who", "cats"], Result.self)
        let lines = try await results(pair, input: "what\tfish\nwho\tcats\n", Result.self)
        #expect(arguments.count == 2 && arguments == lines && arguments[0].labels == ["LABEL_0"])
        let wrong = try await CommandLineTool.run(pair, input: Data("no tab\n".utf8))
        #expect(wrong.status == 1 && wrong.errors.contains("line 1 has no tab"))
        let ids = try await results(
            ["classify", "-m", Self.classes, "--json", "--ids", "284,5,285", "--ids", "284,285"], Result.self)
        #expect(ids.count == 2 && ids[0].text == nil)
    }

    @Test func `spans of a text are in its order`() async throws {
        let tag = ["tag", "-m", Self.tagger, "--json", "--aggregation", "none"]
        let found = try await results(tag + ["the one other", ""], Tags.self)
        #expect(found.map(\.index) == [0, 1] && found[1].spans.isEmpty)
        for span in found[0].spans {
            let characters = Array(found[0].text.unicodeScalars)
            #expect(String(String.UnicodeScalarView(characters[span.start..<span.end])) == span.text)
            #expect(span.token != nil && span.label != "O" && (0...1).contains(span.score))
        }
        let table = try await CommandLineTool.run("tag", "-m", Self.tagger, "the one other")
        #expect(table.status == 0 && table.text.contains("label"))
    }

    @Test(arguments: [
        UsageTests.Mistake("classify", "-m", "x", "a", "-k", "0", answer: "use -k with 1 or more"),
        UsageTests.Mistake("classify", "-m", "x", "a", "--ids", "1", answer: "exclude each other"),
        UsageTests.Mistake("classify", "-m", "x", "a", "--pair", answer: "two texts at a time"),
        UsageTests.Mistake("classify", "-m", "x", "a", "--multi-label", answer: "--multi-label needs --labels"),
        UsageTests.Mistake("classify", "-m", "x", "a", "--labels", " , ", answer: "there are no labels"),
        UsageTests.Mistake("classify", "-m", "x", "a", "--labels", "b", "--template", "c", answer: "no {}"),
        UsageTests.Mistake("tag", "-m", "x", "a", "--aggregation", "some", answer: "some"),
    ])
    func `wrong usage is answered with what was wrong`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 64)
        #expect(result.errors.contains(mistake.answer), "\(result.errors)")
    }

    @Test(arguments: [
        UsageTests.Mistake("classify", "-m", Fixtures.path("models/bert-f16.gguf"), "a", answer: "no classifier"),
        UsageTests.Mistake("classify", "-m", classes, "a", "--labels", "b,c", answer: "class named entailment"),
        UsageTests.Mistake("tag", "-m", Fixtures.path("models/bert-f16.gguf"), "a", answer: "no classifier"),
    ])
    func `a model that is made for something else is refused`(_ mistake: UsageTests.Mistake) async throws {
        let result = try await CommandLineTool.run(mistake.arguments)
        #expect(result.status == 1 && result.errors.contains(mistake.answer), "\(result.errors)")
    }
}
