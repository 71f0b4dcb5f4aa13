// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A classifier by labels of one's own that threads take turns with.
final class ZeroShotObject: Handle, @unchecked Sendable {  // whoever has the turn uses the classifier
    static var kind: HandleKind { .zeroShot }
    private let turn: Turn
    private var classifier: ZeroShotClassifier

    init(_ model: Model, _ options: HeadOptions) throws(Failure) {
        turn = try Turn()
        classifier = try Failure.translating { () throws(SwiftletError) in try ZeroShotClassifier(model, options) }
    }

    /// Classifies texts in batches of bounded memory, when it is this thread's turn.
    ///
    /// - Parameter body: gets the number of a text, and its labels.
    func classify(
        _ texts: TextList, _ labels: [String], template: String, isMultiLabel: Bool, _ cancellation: OpaquePointer?,
        _ body: (Int, [ZeroShotClassifier.Prediction]) -> Void
    ) throws(Failure) {
        try unsafe turn.inBatches(
            of: texts.count, size: max(1, Self.pairsAtOnce / max(1, labels.count)), cancellation,
            { classifier.cancellation }
        ) { range throws(Failure) in
            let batch = try texts.texts(range)
            let found = try Failure.translating(textsFrom: range.lowerBound) { () throws(SwiftletError) in
                try classifier.classify(batch, labels: labels, template: template, isMultiLabel: isMultiLabel)
            }
            for (index, predictions) in zip(range, found) { body(index, predictions) }
            return true
        }
    }

    private static let pairsAtOnce = 4096
}

@c @implementation
public func swiftlet_zero_shot_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_classifier_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe ZeroShotObject(model, HeadOptions(UnsafeRawPointer(options))).give(out)
    }
}

@c @implementation
public func swiftlet_zero_shot_release(_ zero_shot: OpaquePointer?) { unsafe ZeroShotObject.release(zero_shot) }

@c @implementation
public func swiftlet_zero_shot_classify(
    _ zero_shot: OpaquePointer?, _ texts: UnsafePointer<swiftlet_texts>?, _ labels: UnsafePointer<swiftlet_texts>?,
    _ options: UnsafePointer<swiftlet_zero_shot_options>?, _ probabilities: UnsafeMutablePointer<Float>?,
    _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let classifier = try unsafe ZeroShotObject.of(zero_shot)
        let output = try unsafe Output(probabilities, capacity, needed, "probabilities")
        let texts = try unsafe TextList(texts, "texts")
        let labels = try unsafe TextList(labels, "labels")
        let options = try unsafe swiftlet_zero_shot_options.read(options, "options")
        let template = try unsafe Text.optional(options.hypothesis_template, "options.hypothesis_template")
        let isMultiLabel = try choice(unsafe options.multi_label, "options.multi_label") ?? false
        guard let room = try unsafe output.room(texts.count, of: labels.count) else { return }
        try unsafe classifier.classify(
            texts, labels.all(), template: template ?? ZeroShotClassifier.defaultTemplate, isMultiLabel: isMultiLabel,
            options.cancellation
        ) { text, predictions in
            for found in predictions { unsafe room[text * labels.count + found.index] = found.probability }
        }
    }
}
