import Swiftlet

/// Prints the classes of texts: a table at the end, or a JSON object for each text as it comes.
final class ClassReport {
    /// Texts so far.
    private(set) var texts = 0
    /// How many were truncated.
    var truncated = 0
    private let count: Int?
    private let isJSON: Bool
    private var table = Table(("score", .right), ("label", .left), ("line", .right), ("text", .left))

    /// - Parameter count: classes of a text; nil: all.
    init(count: Int?, isJSON: Bool) {
        self.count = count
        self.isJSON = isJSON
    }

    /// - Parameters:
    ///   - text: nil: it was tokens.
    ///   - predictions: the most probable first.
    func append(_ text: String?, classes predictions: [Classifier.Prediction]) throws {
        // With all classes, in the order of the model's.
        let shown = isJSON && count == nil ? predictions.sorted { $0.index < $1.index } : Array(best(predictions))
        try append(
            text, labels: shown.map(\.label), scores: shown.map(\.probability), logits: shown.map(\.logit))
    }

    func append(_ text: String, labels predictions: [ZeroShotClassifier.Prediction]) throws {
        let shown = best(predictions)
        try append(text, labels: shown.map(\.label), scores: shown.map(\.probability), logits: nil)
    }

    private func best<Prediction>(_ predictions: [Prediction]) -> ArraySlice<Prediction> {
        predictions.prefix(count ?? predictions.count)
    }

    private func append(_ text: String?, labels: [String], scores: [Float], logits: [Float]?) throws {
        defer { texts += 1 }
        if isJSON {
            var members: [String: JSON] = [
                "index": .int(texts), "labels": .array(labels.map { .string($0) }),
                "scores": .array(scores.map { .float($0) }),
            ]
            if let text { members["text"] = .string(text) }
            if let logits { members["logits"] = .array(logits.map { .float($0) }) }
            return try JSON.object(members).print(isPretty: false)
        }
        for (label, score) in zip(labels, scores) {
            table.append(
                Format.decimal(Double(score), 4), Format.visible(label), "\(texts + 1)", Format.visible(text ?? ""))
        }
    }

    func finish() throws {
        if truncated > 0 { StandardStream.printNote("\(Format.count(truncated)) texts were truncated") }
        if !isJSON { try StandardStream.output.write(table.text(for: .output)) }
    }
}
