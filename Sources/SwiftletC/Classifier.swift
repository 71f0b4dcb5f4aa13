// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A classifier that threads take turns with.
final class ClassifierObject: Handle, @unchecked Sendable {  // whoever has the turn uses the classifier
    static var kind: HandleKind { .classifier }
    let labels: [String]
    private let turn: Turn
    private var classifier: Classifier

    init(_ model: Model, _ options: HeadOptions) throws(Failure) {
        turn = try Turn()
        let classifier = try Failure.translating { () throws(SwiftletError) in try Classifier(model, options) }
        labels = classifier.labels
        self.classifier = classifier
    }

    /// Classifies texts, or pairs, in batches of bounded memory, when it is this thread's turn.
    ///
    /// - Parameter body: gets the number of a text, and its classes.
    func classify(
        _ texts: TextList, _ seconds: TextList?, _ cancellation: OpaquePointer?,
        _ body: (Int, [Classifier.Prediction]) -> Void
    ) throws(Failure) {
        try unsafe turn.inBatches(
            of: texts.count, cancellation, { classifier.cancellation }
        ) { range throws(Failure) in
            let firsts = try texts.texts(range)
            let others = try seconds?.texts(range)
            let found = try Failure.translating(textsFrom: range.lowerBound) { () throws(SwiftletError) in
                if let others { return try classifier.classify(pairs: Array(zip(firsts, others))) }
                return try classifier.classify(firsts)
            }
            for (index, predictions) in zip(range, found) { body(index, predictions) }
            return true
        }
    }

    /// Classifies the tokens of a text, when it is this thread's turn.
    func classifyTokens(
        _ text: String, _ cancellation: OpaquePointer?
    ) throws(Failure) -> [Classifier.TokenPrediction] {
        try turn.wait { () throws(Failure) in
            try unsafe CancellationObject.run(cancellation, classifier.cancellation) { () throws(Failure) in
                try Failure.translating(textsFrom: 0) { () throws(SwiftletError) in
                    try classifier.classifyTokens(text)
                }
            }
        }
    }
}

/// Where logits and probabilities go, `[rows, classes]`; either may not be wanted.
@safe private struct ClassOutput {
    private let logits: UnsafeMutablePointer<Float>?
    private let probabilities: UnsafeMutablePointer<Float>?
    private let classes: Int

    init(_ logits: UnsafeMutablePointer<Float>?, _ probabilities: UnsafeMutablePointer<Float>?, _ classes: Int) {
        unsafe self.logits = logits
        unsafe self.probabilities = probabilities
        self.classes = classes
    }

    /// The one that is wanted, for checks of the room.
    var any: UnsafeMutablePointer<Float>? { unsafe logits ?? probabilities }

    func write(_ predictions: [Classifier.Prediction], row: Int) {
        for prediction in predictions {
            unsafe logits?[row * classes + prediction.index] = prediction.logit
            unsafe probabilities?[row * classes + prediction.index] = prediction.probability
        }
    }
}

@c @implementation
public func swiftlet_classifier_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_classifier_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe ClassifierObject(model, HeadOptions(UnsafeRawPointer(options))).give(out)
    }
}

@c @implementation
public func swiftlet_classifier_release(_ classifier: OpaquePointer?) {
    unsafe ClassifierObject.release(classifier)
}

@c @implementation
public func swiftlet_classifier_count(
    _ classifier: OpaquePointer?, _ count: UnsafeMutablePointer<UInt64>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let classifier = try unsafe ClassifierObject.of(classifier)
        guard let count = unsafe count else { throw Failure(.argument, "count is NULL", place: "count") }
        unsafe count.pointee = UInt64(classifier.labels.count)
    }
}

@c @implementation
public func swiftlet_classifier_label(
    _ classifier: OpaquePointer?, _ index: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let labels = try unsafe ClassifierObject.of(classifier).labels
        let output = try unsafe Output(buffer, capacity, needed, "buffer")
        guard index < UInt64(labels.count) else {
            throw Failure(.notFound, "there is no class \(index): there are \(labels.count)", place: "index")
        }
        try output.write(labels[Int(index)])
    }
}

@c @implementation
public func swiftlet_classify(
    _ classifier: OpaquePointer?, _ texts: UnsafePointer<swiftlet_texts>?,
    _ seconds: UnsafePointer<swiftlet_texts>?, _ cancellation: OpaquePointer?,
    _ logits: UnsafeMutablePointer<Float>?, _ probabilities: UnsafeMutablePointer<Float>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let classifier = try unsafe ClassifierObject.of(classifier)
        let results = unsafe ClassOutput(logits, probabilities, classifier.labels.count)
        let output = try unsafe Output(results.any, capacity, needed, "logits")
        let texts = try unsafe TextList(texts, "texts")
        let pairs = unsafe seconds != nil ? try unsafe TextList(seconds, "seconds") : nil
        if let pairs, pairs.count != texts.count {
            throw Failure(
                .argument, "\(texts.count) texts have \(pairs.count) seconds: give one for each", place: "seconds")
        }
        guard try unsafe output.room(texts.count, of: classifier.labels.count) != nil else { return }
        try unsafe classifier.classify(texts, pairs, cancellation) { results.write($1, row: $0) }
    }
}

@c @implementation
public func swiftlet_classify_tokens(
    _ classifier: OpaquePointer?, _ text: UnsafePointer<CChar>?, _ size: Int, _ cancellation: OpaquePointer?,
    _ tokens: UnsafeMutablePointer<Int32>?, _ logits: UnsafeMutablePointer<Float>?,
    _ probabilities: UnsafeMutablePointer<Float>?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let classifier = try unsafe ClassifierObject.of(classifier)
        let classes = classifier.labels.count
        let results = unsafe ClassOutput(logits, probabilities, classes)
        let wanted = unsafe UnsafeMutableRawPointer(tokens) ?? UnsafeMutableRawPointer(results.any)
        let output = try unsafe Output(wanted?.assumingMemoryBound(to: UInt8.self), capacity, needed, "tokens")
        guard !capacity.multipliedReportingOverflow(by: classes).overflow else {
            throw Failure(.argument, "a capacity of \(capacity) tokens is not possible", place: "capacity")
        }
        let text = try unsafe Text.sized(text, size, "text")
        let found = try unsafe classifier.classifyTokens(text, cancellation)
        guard try unsafe output.room(found.count) != nil else { return }
        for (row, token) in found.enumerated() {
            unsafe tokens?[row] = token.token
            results.write(token.predictions, row: row)
        }
    }
}
