import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// Classes through the header, beside those of the Swift API; these are compared with transformers' in GoldenTests.
@Suite struct `C: classes` {
    private let texts = ["the one", "", "🦉", "another"]

    private func open(_ model: Owned, _ options: swiftlet_classifier_options = .init()) throws -> Owned {
        var options = options
        options.struct_size = size(of: swiftlet_classifier_options.self)
        return try Owned(swiftlet_classifier_release) { swiftlet_classifier_open(model.raw, &options, $0, $1) }
    }

    private func rows(_ predictions: [[Classifier.Prediction]], _ value: (Classifier.Prediction) -> Float) -> [Float] {
        predictions.flatMap { $0.sorted { $0.index < $1.index }.map(value) }
    }

    @Test func `have the names, logits and probabilities of the Swift API`() throws {
        var reference = try Classifier(Model(path: Fixtures.path("models/distilbert-f16.gguf")))
        let classifier = try open(Owned.fixture("models/distilbert-f16.gguf"))
        var count: UInt64 = 0
        try check { swiftlet_classifier_count(classifier.raw, &count, $0) }
        #expect(count == 3)
        let labels = try (0..<count).map { index in
            try text { swiftlet_classifier_label(classifier.raw, index, $0, $1, $2, $3) }
        }
        #expect(labels == reference.labels)
        let capacity = texts.count * 3
        for isPair in [false, true] {
            let expected =
                try isPair
                ? reference.classify(pairs: texts.map { ($0, "which one") }) : reference.classify(texts)
            var logits = [Float](repeating: .nan, count: capacity)
            var probabilities = logits
            var needed = 0
            try withTexts(texts) { list in
                try withTexts(texts.map { _ in "which one" }) { seconds in
                    try withUnsafePointer(to: seconds) { seconds in
                        try check {
                            swiftlet_classify(
                                classifier.raw, &list, isPair ? seconds : nil, nil, &logits, &probabilities, capacity,
                                &needed, $0)
                        }
                        var alone = [Float](repeating: .nan, count: capacity)
                        try check {
                            swiftlet_classify(
                                classifier.raw, &list, isPair ? seconds : nil, nil, nil, &alone, capacity, nil, $0)
                        }
                        #expect(alone == probabilities)
                    }
                }
            }
            #expect(needed == capacity)
            #expect(logits == rows(expected, \.logit))
            #expect(probabilities == rows(expected, \.probability))
        }
    }

    @Test func `of tokens are those of the Swift API`() throws {
        let path = Fixtures.path("models/bert-tagger-f16.gguf")
        var reference = try Classifier(Model(path: path))
        let expected = try reference.classifyTokens("the one")
        let classifier = try open(Owned.model(path))
        var needed = 0
        try check { swiftlet_classify_tokens(classifier.raw, "the one", 7, nil, nil, nil, nil, 0, &needed, $0) }
        #expect(needed == expected.count)
        var tokens = [Int32](repeating: -1, count: needed)
        var logits = [Float](repeating: .nan, count: needed * 3)
        var probabilities = logits
        try check {
            swiftlet_classify_tokens(
                classifier.raw, "the one", 7, nil, &tokens, &logits, &probabilities, expected.count, nil, $0)
        }
        #expect(tokens == expected.map(\.token))
        #expect(logits == rows(expected.map(\.predictions), \.logit))
        #expect(probabilities == rows(expected.map(\.predictions), \.probability))
        let short = status {
            swiftlet_classify_tokens(classifier.raw, "the one", 7, nil, &tokens, nil, nil, 1, &needed, $0)
        }
        #expect(short == SWIFTLET_ERROR_BUFFER && needed == expected.count)
        let far = status {
            swiftlet_classify_tokens(classifier.raw, "a", 1, nil, nil, &logits, nil, .max, nil, $0)
        }
        #expect(far == SWIFTLET_ERROR_ARGUMENT)
    }

    @Test func `refuse what cannot be, by the text's number`() throws {
        let classifier = try open(Owned.fixture("models/distilbert-f16.gguf"))
        let long = String(repeating: "other ", count: 5_000)
        withTexts(Array(repeating: "the one", count: 2_050) + [long]) { list in
            var found = [Float](repeating: 0, count: 2_051 * 3)
            let error = #expect(throws: CFailure.self) {
                try check { swiftlet_classify(classifier.raw, &list, nil, nil, &found, nil, 2_051 * 3, nil, $0) }
            }
            #expect(error?.status == SWIFTLET_ERROR_CONTEXT_FULL && error?.index == 2_050)
            let small = status { swiftlet_classify(classifier.raw, &list, nil, nil, &found, nil, 5, nil, $0) }
            #expect(small == SWIFTLET_ERROR_BUFFER)
            withTexts(["one"]) { seconds in
                let uneven = status { swiftlet_classify(classifier.raw, &list, &seconds, nil, nil, nil, 0, nil, $0) }
                #expect(uneven == SWIFTLET_ERROR_ARGUMENT)
            }
        }
        #expect(status { swiftlet_classifier_count(classifier.raw, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
        #expect(status { swiftlet_classifier_label(classifier.raw, 3, nil, 0, nil, $0) } == SWIFTLET_ERROR_NOT_FOUND)
        let embedder = try Owned.fixture("embed.gguf")
        #expect(status { swiftlet_classifier_open(embedder.raw, nil, nil, $0) } != SWIFTLET_OK)
    }
}
