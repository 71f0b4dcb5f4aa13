/// Tells which of any labels a text is about, by a model that was trained to tell whether a sentence follows from a text
/// (NLI): a label is as likely as a sentence with it follows. One thread at a time.
///
/// The rules are those of transformers' zero-shot classification pipeline (arXiv:1909.00161).
public struct ZeroShotClassifier: ~Copyable {
    /// A label and how likely it is.
    public struct Prediction: Sendable, Hashable {
        /// The label's index among those that were given.
        public let index: Int
        /// The label.
        public let label: String
        /// The softmax of the labels' entailment logits; where several labels may hold, of a label's entailment and
        /// contradiction.
        public let probability: Float
    }

    /// The sentence that a label stands in, at `{}`.
    public static let defaultTemplate = "This example is {}."

    private var classifier: Classifier
    private let entailment: Int
    private let contradiction: Int

    /// - Throws: ``SwiftletError``: `model` for a model without a classifier, or whose classes have none that begins with
    ///   "entail"; `invalidArgument`, `outOfMemory`.
    public init(_ model: Model, _ options: HeadOptions = HeadOptions()) throws(SwiftletError) {
        let classifier = try Classifier(model, options)
        let names = classifier.labels
        guard names.count > 1, let entailment = names.firstIndex(where: { $0.lowercased().hasPrefix("entail") }) else {
            throw SwiftletError(
                .model,
                "\(model.path): labels of one's own need a model for inference (NLI), with a class named entailment; "
                    + "its classes are \(names.joined(separator: ", "))")
        }
        self.entailment = entailment
        contradiction = entailment == 0 ? names.count - 1 : 0
        self.classifier = classifier
    }

    /// The model it runs.
    public var model: Model { classifier.model }

    /// How many pairs of the last call were truncated, which ``HeadOptions/overflow`` allows.
    public var truncatedCount: Int { classifier.truncatedCount }

    /// Stops a running call from any thread.
    public var cancellation: SessionCancellation { classifier.cancellation }

    /// For each text all labels, the most probable first.
    ///
    /// - Parameters:
    ///   - template: has the place of a label, `{}`.
    ///   - isMultiLabel: whether several labels may hold at once; a single label is taken so.
    /// - Throws: ``SwiftletError``: `invalidArgument` without labels or for a template without `{}`; `contextFull` for a
    ///   pair that is too long, when ``HeadOptions/overflow`` says so; `cancelled`.
    public mutating func classify(
        _ texts: [String], labels: [String], template: String = defaultTemplate, isMultiLabel: Bool = false
    ) throws(SwiftletError) -> [[Prediction]] {
        guard !labels.isEmpty else { throw SwiftletError(.invalidArgument, "there are no labels to choose from") }
        guard let place = template.indices.first(where: { template[$0...].hasPrefix("{}") }) else {
            throw SwiftletError(.invalidArgument, "the template '\(template)' has no {} for the label")
        }
        let hypotheses = labels.map { String(template[..<place]) + $0 + template[place...].dropFirst(2) }
        let pairs = texts.flatMap { text in hypotheses.map { (text, $0) } }
        let logits = try classifier.logits(pairs: pairs, perText: labels.count)
        return texts.indices.map { text in
            let rows = logits[text * labels.count..<(text + 1) * labels.count]
            let probabilities =
                isMultiLabel || labels.count == 1
                ? rows.map { Exponential.softmax([$0[contradiction], $0[entailment]])[1] }
                : Exponential.softmax(rows.map { $0[entailment] })
            let all = labels.indices.map { Prediction(index: $0, label: labels[$0], probability: probabilities[$0]) }
            return all.sorted {
                $0.probability == $1.probability ? $0.index < $1.index : $0.probability > $1.probability
            }
        }
    }
}
