internal import Tokenizers

/// Finds names and other spans in texts, by a model with a classifier of tokens. One thread at a time.
///
/// ```swift
/// var tagger = try Tagger(Model(path: "bert-ner.gguf"))
/// for span in try tagger.tag("Ada Lovelace lived in London") { print(span.label, span.text, span.range) }
/// ```
public struct Tagger: ~Copyable {
    /// How the classes of tokens become those of spans; the names and rules are those of transformers' token
    /// classification pipeline.
    public enum Aggregation: String, Sendable, CaseIterable {
        /// Each token by itself.
        case none
        /// Neighbours of one class, by each token's best.
        case simple
        /// Neighbours of one class, by the first token of each word.
        case first
        /// By the mean of a word's tokens.
        case average
        /// By the token of a word that is surest.
        case max
    }

    /// A part of a text and its class.
    public struct TaggedSpan: Sendable, Hashable {
        /// The class; of joined tokens without `B-` and `I-`.
        public let label: String
        /// The probability of the class, the mean over joined tokens or words.
        public let score: Float
        /// The part of the text.
        public let text: String
        /// Its place in the text, in Unicode scalars.
        public let range: Range<Int>
        /// Of a token by itself, its index among the text's tokens.
        public let tokenIndex: Int?
    }

    private var classifier: Classifier
    /// How spans are made.
    public var aggregation: Aggregation
    /// Classes that are no spans.
    public var ignoredLabels: Set<String> = ["O"]

    /// - Throws: ``SwiftletError``: `model` for a model without a classifier, `invalidArgument`, `outOfMemory`.
    public init(
        _ model: Model, aggregation: Aggregation = .simple, _ options: HeadOptions = HeadOptions()
    ) throws(SwiftletError) {
        classifier = try Classifier(model, options)
        self.aggregation = aggregation
    }

    /// The model it runs.
    public var model: Model { classifier.model }

    /// The classes of tokens.
    public var labels: [String] { classifier.labels }

    /// How many texts of the last call were truncated, which ``HeadOptions/overflow`` allows.
    public var truncatedCount: Int { classifier.truncatedCount }

    /// Stops a running call from any thread.
    public var cancellation: SessionCancellation { classifier.cancellation }

    /// The spans of a text, in its order.
    ///
    /// - Throws: ``SwiftletError``: `contextFull` for a text that is too long, when ``HeadOptions/overflow`` says so;
    ///   `cancelled`.
    public mutating func tag(_ text: String) throws(SwiftletError) -> [TaggedSpan] { try tag([text])[0] }

    /// The spans of each text, in its order.
    ///
    /// - Throws: ``SwiftletError``, as of one text.
    public mutating func tag(_ texts: [String]) throws(SwiftletError) -> [[TaggedSpan]] {
        let predictions = try classifier.classifyTokens(texts)
        return zip(texts, predictions).map { spans(of: $0, $1) }
    }

    private func spans(of text: String, _ predictions: [Classifier.TokenPrediction]) -> [TaggedSpan] {
        let tokenizer = model.tokenizer
        let offsets = tokenizer.offsets(of: predictions.map(\.token), in: text)
        let scalars = Array(text.unicodeScalars)
        var tokens: [TaggedToken] = []
        for (index, (prediction, range)) in zip(predictions, offsets).enumerated() {
            guard let range else { continue }
            var probabilities = [Float](repeating: 0, count: labels.count)
            for found in prediction.predictions { probabilities[found.index] = found.probability }
            tokens.append(
                TaggedToken(
                    index: index, range: range, probabilities: probabilities,
                    continuesWord: tokenizer.continuesWord(prediction.token, at: range, in: scalars)))
        }
        let joined = TagAggregation(labels: labels, strategy: aggregation).spans(of: tokens)
        return joined.filter { !ignoredLabels.contains($0.label) }.map { span in
            TaggedSpan(
                label: span.label, score: span.score, text: String(String.UnicodeScalarView(scalars[span.range])),
                range: span.range, tokenIndex: span.tokenIndex)
        }
    }
}

extension Tokenizer {
    /// Whether a token goes on a word, as transformers' pipeline tells it: where the vocabulary marks words, by the length of
    /// the token; else by spaces.
    fileprivate func continuesWord(_ token: Int32, at range: Range<Int>, in text: [Unicode.Scalar]) -> Bool {
        if token == special.unknown, marksContinuations { return false }
        if marksContinuations { return spelledLength(of: token) != range.count }
        guard token != special.unknown, range.lowerBound > 0 else { return false }
        return !text[max(0, range.lowerBound - 1)..<min(text.count, range.lowerBound + 1)].contains(" ")
    }
}
