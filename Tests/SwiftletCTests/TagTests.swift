import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// What a callback was given.
private final class Spans: @unchecked Sendable {  // only the thread that calls adds to it
    struct Found {
        let text: UInt64
        let label: String
        let score: Float
        let characters: Range<UInt64>
        let bytes: Range<UInt64>
        let token: Int64
    }

    var found: [Found] = []
    var most = Int.max
}

/// Spans and labels of one's own through the header, beside those of the Swift API; these are compared with transformers' in
/// ConversionTests.
@Suite struct `C: spans` {
    private let texts = ["the owl 🦉 in Köln", "", "a one", "🦉🦉 x"]

    private func open(_ change: (inout swiftlet_tagger_options) -> Void = { _ in }) throws -> Owned {
        let model = try Owned.fixture("models/bert-tagger-f16.gguf")
        var options = swiftlet_tagger_options()
        options.struct_size = size(of: swiftlet_tagger_options.self)
        change(&options)
        return try Owned(swiftlet_tagger_release) { swiftlet_tagger_open(model.raw, &options, $0, $1) }
    }

    private func tag(_ tagger: Owned, _ texts: [String], _ spans: Spans) throws {
        try withTexts(texts) { list in
            try check { error in
                swiftlet_tag(
                    tagger.raw, &list, nil,
                    { user, span in
                        guard let user, let span = span?.pointee, let label = span.label else { return 1 }
                        let spans = Unmanaged<Spans>.fromOpaque(user).takeUnretainedValue()
                        spans.found.append(
                            Spans.Found(
                                text: span.index, label: String(cString: label), score: span.score,
                                characters: span.start..<span.end, bytes: span.start_byte..<span.end_byte,
                                token: span.token))
                        return spans.found.count < spans.most ? 0 : 1
                    }, Unmanaged.passUnretained(spans).toOpaque(), error)
            }
        }
    }

    @Test(arguments: [nil] + Tagger.Aggregation.allCases)
    func `are those of the Swift API`(aggregation: Tagger.Aggregation?) throws {
        let model = try Model(path: Fixtures.path("models/bert-tagger-f16.gguf"))
        var reference = try Tagger(model, aggregation: aggregation ?? .simple)
        let number = aggregation.flatMap { Tagger.Aggregation.allCases.firstIndex(of: $0) }.map { UInt32($0 + 1) }
        for ignored in [nil, [], ["PER", "I-PER"]] as [[String]?] {
            if let ignored { reference.ignoredLabels = Set(ignored) }
            let expected = try reference.tag(texts)
            let tagger = try withTexts(ignored ?? []) { list in
                try withUnsafePointer(to: list) { list in
                    try open { options in
                        options.aggregation = number ?? 0
                        if ignored != nil { options.ignored_labels = list }
                    }
                }
            }
            let spans = Spans()
            try tag(tagger, texts, spans)
            #expect(spans.found.count == expected.reduce(0) { $0 + $1.count } && !spans.found.isEmpty)
            let all = expected.enumerated().flatMap { text, spans in spans.map { (text, $0) } }
            for (found, (text, span)) in zip(spans.found, all) {
                #expect(found.text == text && found.label == span.label && found.score == span.score)
                #expect(found.characters == UInt64(span.range.lowerBound)..<UInt64(span.range.upperBound))
                #expect(found.token == Int64(span.tokenIndex ?? -1))
                let bytes = Array(texts[text].utf8)[Int(found.bytes.lowerBound)..<Int(found.bytes.upperBound)]
                #expect(String(decoding: bytes, as: UTF8.self) == span.text)
            }
        }
    }

    @Test func `end when the caller has enough`() throws {
        let spans = Spans()
        spans.most = 2
        try tag(open { $0.aggregation = UInt32(SWIFTLET_AGGREGATION_NONE) }, texts, spans)
        #expect(spans.found.count == 2)
    }

    @Test func `refuse what cannot be, by the text's number`() throws {
        let tagger = try open()
        let error = #expect(throws: CFailure.self) {
            try tag(tagger, Array(repeating: "a", count: 300) + [String(repeating: "other ", count: 5_000)], Spans())
        }
        #expect(error?.status == Int(SWIFTLET_ERROR_CONTEXT_FULL) && error?.index == 300)
        withTexts(["a"]) { list in
            #expect(status { swiftlet_tag(tagger.raw, &list, nil, nil, nil, $0) } == SWIFTLET_ERROR_ARGUMENT)
        }
        #expect(throws: CFailure.self) { try open { $0.aggregation = 6 } }
    }

    @Test func `options begin as a classifier's`() {
        typealias Classifier = swiftlet_classifier_options
        typealias Tagger = swiftlet_tagger_options
        #expect(MemoryLayout<swiftlet_reranker_options>.size == MemoryLayout<Classifier>.size)
        #expect(MemoryLayout<Tagger>.size == MemoryLayout<Classifier>.size + 8)
        let offsets = [
            (MemoryLayout<Classifier>.offset(of: \.max_tokens), MemoryLayout<Tagger>.offset(of: \.max_tokens)),
            (MemoryLayout<Classifier>.offset(of: \.parse_special), MemoryLayout<Tagger>.offset(of: \.parse_special)),
            (MemoryLayout<Classifier>.offset(of: \.adapter_count), MemoryLayout<Tagger>.offset(of: \.adapter_count)),
        ]
        for (one, other) in offsets { #expect(one == other) }
    }
}

@Suite struct `C: labels of one's own` {
    private let texts = ["the one", "", "🦉", "another"]
    private let labels = ["weather", "sport", "money"]

    private func classify(
        _ classifier: Owned, _ texts: [String], _ labels: [String],
        _ change: (inout swiftlet_zero_shot_options) -> Void = { _ in }
    ) throws -> [Float] {
        var options = swiftlet_zero_shot_options()
        options.struct_size = size(of: swiftlet_zero_shot_options.self)
        change(&options)
        var found = [Float](repeating: .nan, count: texts.count * labels.count)
        let capacity = found.count
        try withTexts(texts) { list in
            try withTexts(labels) { labels in
                try check {
                    swiftlet_zero_shot_classify(classifier.raw, &list, &labels, &options, &found, capacity, nil, $0)
                }
            }
        }
        return found
    }

    private func open() throws -> Owned {
        let model = try Owned.fixture("models/bert-nli-f16.gguf")
        return try Owned(swiftlet_zero_shot_release) { swiftlet_zero_shot_open(model.raw, nil, $0, $1) }
    }

    @Test(arguments: [false, true]) func `have the probabilities of the Swift API`(isMultiLabel: Bool) throws {
        var reference = try ZeroShotClassifier(Model(path: Fixtures.path("models/bert-nli-f16.gguf")))
        let classifier = try open()
        for template in [nil, "about {}!"] as [String?] {
            let expected = try reference.classify(
                texts, labels: labels, template: template ?? ZeroShotClassifier.defaultTemplate,
                isMultiLabel: isMultiLabel)
            let found =
                if let template {
                    try template.withCString { text in
                        try classify(classifier, texts, labels) { options in
                            options.hypothesis_template = text
                            options.multi_label = UInt32(isMultiLabel ? SWIFTLET_YES : SWIFTLET_NO)
                        }
                    }
                } else {
                    try classify(classifier, texts, labels) { $0.multi_label = isMultiLabel ? 1 : 0 }
                }
            #expect(found == expected.flatMap { $0.sorted { $0.index < $1.index }.map(\.probability) })
        }
    }

    @Test func `refuse what cannot be, by the text's number`() throws {
        let classifier = try open()
        let long = String(repeating: "other ", count: 5_000)
        let error = #expect(throws: CFailure.self) { try classify(classifier, ["a", "b", long], labels) }
        #expect(error?.status == Int(SWIFTLET_ERROR_CONTEXT_FULL) && error?.index == 2)
        #expect(error?.message.contains("pair 3 ") == true)
        #expect(throws: CFailure.self) { try classify(classifier, texts, []) }
        #expect(throws: CFailure.self) { try classify(classifier, texts, labels) { $0.multi_label = 7 } }
        "no place".withCString { text in
            let error = #expect(throws: CFailure.self) {
                try classify(classifier, texts, labels) { $0.hypothesis_template = text }
            }
            #expect(error?.status == Int(SWIFTLET_ERROR_ARGUMENT))
        }
        let classes = try Owned.fixture("models/distilbert-f16.gguf")
        var out: OpaquePointer?
        #expect(status { swiftlet_zero_shot_open(classes.raw, nil, &out, $0) } == SWIFTLET_ERROR_MODEL)
    }
}
