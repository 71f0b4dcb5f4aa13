/// Tells how well documents answer a query, by a cross-encoder: a classifier of one class that reads both at once. One thread
/// at a time.
///
/// More accurate than cosine similarity, but it reads every document for every query: let an ``Embedder`` find some
/// hundred candidates, and rerank those.
public struct Reranker: ~Copyable {
    private var classifier: Classifier

    /// - Throws: ``SwiftletError``: `model` for a model that is no cross-encoder of one class, `invalidArgument`,
    ///   `outOfMemory`.
    public init(_ model: Model, _ options: HeadOptions = HeadOptions()) throws(SwiftletError) {
        let classifier = try Classifier(model, options)
        guard classifier.labels.count == 1 else {
            throw SwiftletError(
                .model,
                "\(model.path): a reranker has one class, this classifier \(classifier.labels.count) "
                    + "(\(classifier.labels.joined(separator: ", ")))")
        }
        self.classifier = classifier
    }

    /// The model it runs.
    public var model: Model { classifier.model }

    /// How many documents of the last call were truncated, or their query, which ``HeadOptions/overflow`` allows.
    public var truncatedCount: Int { classifier.truncatedCount }

    /// Stops a running call from any thread.
    public var cancellation: SessionCancellation { classifier.cancellation }

    /// The model's logit for each document, in the documents' order: the greater, the better. Their logistic function, see
    /// ``probability(of:)``, lies between 0 and 1.
    ///
    /// - Throws: ``SwiftletError``: `contextFull` for a pair that is too long, when ``HeadOptions/overflow`` says so;
    ///   `cancelled`.
    public mutating func score(_ query: String, _ documents: [String]) throws(SwiftletError) -> [Float] {
        try classifier.logits(pairs: documents.map { (query, $0) }).map { $0[0] }
    }

    /// `1 / (1 + exp(-score))`.
    public static func probability(of score: Float) -> Float { Exponential.logistic(score) }
}
