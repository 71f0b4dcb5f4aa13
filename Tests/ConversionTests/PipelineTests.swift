import Foundation
import Swiftlet
import TestSupport
import Testing

/// What transformers' pipelines make of texts (`Fixtures/conversion/make_pipelines.py`).
@Suite struct PipelineTests {
    struct Expected: Decodable {
        struct Span: Decodable {
            let label: String
            let score: Float
            let start: Int
            let end: Int
        }
        struct Tags: Decodable, CustomTestStringConvertible {
            let model: String
            let strategies: [String: [[Span]]]

            var testDescription: String { model }
        }
        struct Result: Decodable {
            let text: String
            let labels: [String]
            let template: String
            let multiLabel: Bool
            let found: [String]
            let scores: [Float]
        }
        struct ZeroShot: Decodable {
            let model: String
            let results: [Result]
        }
        struct Problems: Decodable {
            let model: String
            let problems: [String: [[String: Float]]]
        }
        struct Candidate: Decodable {
            let token: Token
            let text: String
            let score: Float
        }
        struct Masks: Decodable {
            let model: String
            let text: String
            let masks: [[Candidate]]
        }
        let texts: [String]
        let taggers: [Tags]
        let zeroShot: ZeroShot
        let problems: Problems
        let masks: Masks
    }

    static let expected = try? JSONDecoder().decode(
        Expected.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("pipelines.json"))))

    private func converted(_ name: String) throws -> (model: Model, folder: ModelFolderCopy) {
        let folder = try ModelFolderCopy(name)
        _ = try folder.converted()
        return (try Model(path: folder.output), folder)
    }

    @Test func `there are taggers with every kind of vocabulary`() {
        #expect(Self.expected?.taggers.map(\.model) == ["bert-ner", "roberta-ner", "deberta-v2"])
    }

    @Test(arguments: expected?.taggers ?? [], Tagger.Aggregation.allCases)
    func `spans are those of transformers`(tags: Expected.Tags, aggregation: Tagger.Aggregation) throws {
        let expected = try #require(tags.strategies[aggregation.rawValue])
        let (model, _) = try converted(tags.model)
        var tagger = try Tagger(model, aggregation: aggregation)
        for (text, spans) in zip(try #require(Self.expected).texts, expected) {
            tagger.ignoredLabels = []
            let found = try tagger.tag(text)
            #expect(
                found.map { "\($0.label) \($0.range.lowerBound) \($0.range.upperBound)" }
                    == spans.map { "\($0.label) \($0.start) \($0.end)" }, "\(text)")
            #expect(Divergence.largestDifference(found.map(\.score), spans.map(\.score)) < 1e-4, "\(text)")
            let scalars = Array(text.unicodeScalars)
            for span in found { #expect(Array(span.text.unicodeScalars) == Array(scalars[span.range])) }
            tagger.ignoredLabels = ["O", "MISC"]
            #expect(try tagger.tag(text) == found.filter { $0.label != "O" && $0.label != "MISC" })
        }
    }

    @Test func `labels of one's own are as likely as in transformers`() throws {
        let expected = try #require(Self.expected?.zeroShot)
        let (model, _) = try converted(expected.model)
        var classifier = try ZeroShotClassifier(model)
        for result in expected.results {
            let found = try classifier.classify(
                [result.text], labels: result.labels, template: result.template, isMultiLabel: result.multiLabel)[0]
            #expect(found.map(\.label) == result.found)
            #expect(Divergence.largestDifference(found.map(\.probability), result.scores) < 1e-4)
            // A text has the same result beside others.
            let both = try classifier.classify(
                ["other text", result.text], labels: result.labels, template: result.template,
                isMultiLabel: result.multiLabel)
            #expect(both[1] == found)
        }
    }

    @Test func `labels of one's own need a template, labels and a model for inference`() throws {
        let (model, _) = try converted("deberta-v3-nli")
        var classifier = try ZeroShotClassifier(model)
        let template = #expect(throws: SwiftletError.self) {
            _ = try classifier.classify(["a"], labels: ["b"], template: "no place")
        }
        #expect(template?.code == .invalidArgument)
        #expect(throws: SwiftletError.self) { _ = try classifier.classify(["a"], labels: []) }
        #expect(try classifier.classify([], labels: ["b"]).isEmpty)
        let (other, _) = try converted("electra-classes")
        let error = #expect(throws: SwiftletError.self) { _ = try ZeroShotClassifier(other) }
        #expect(error?.message.contains("LABEL_0, LABEL_1, LABEL_2") == true)
    }

    @Test(arguments: Classifier.Problem.allCases)
    func `scores are what the kind of problem says`(problem: Classifier.Problem) throws {
        let expected = try #require(Self.expected?.problems)
        let folder = try ModelFolderCopy(expected.model)
        try folder.replace(
            "  \"architectures\":", by: "  \"problem_type\": \"\(problem.rawValue)\",\n  \"architectures\":",
            in: "config.json")
        _ = try folder.converted()
        var classifier = try Classifier(Model(path: folder.output))
        #expect(classifier.problem == problem)
        let found = try classifier.classify(Array(try #require(Self.expected).texts.prefix(2)))
        for (scores, predictions) in zip(try #require(expected.problems[problem.rawValue]), found) {
            for prediction in predictions {
                #expect(abs(try #require(scores[prediction.label]) - prediction.probability) < 1e-4)
            }
        }
    }

    @Test func `masked residues are filled as in transformers`() throws {
        let expected = try #require(Self.expected?.masks)
        let (model, _) = try converted(expected.model)
        var filler = try MaskFiller(model)
        let found = try filler.fill(expected.text, top: 4)
        for (predictions, candidates) in zip(found, expected.masks) {
            #expect(predictions.map(\.token) == candidates.map(\.token))
            #expect(predictions.map(\.text) == candidates.map(\.text))
            #expect(Divergence.largestDifference(predictions.map(\.probability), candidates.map(\.score)) < 1e-4)
        }
    }
}
