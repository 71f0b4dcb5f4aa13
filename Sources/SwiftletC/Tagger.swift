// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A tagger that threads take turns with.
final class TaggerObject: Handle, @unchecked Sendable {  // whoever has the turn uses the tagger
    static var kind: HandleKind { .tagger }
    private let turn: Turn
    private var tagger: Tagger

    init(_ model: Model, _ pointer: UnsafePointer<swiftlet_tagger_options>?) throws(Failure) {
        let head = try unsafe HeadOptions(UnsafeRawPointer(pointer))
        let options = try unsafe swiftlet_tagger_options.read(pointer, "options")
        let aggregation = try Tagger.Aggregation(unsafe options.aggregation)
        var ignored: [String]?
        if unsafe options.ignored_labels != nil {
            ignored = try unsafe TextList(options.ignored_labels, "options.ignored_labels").all()
        }
        turn = try Turn()
        var tagger = try Failure.translating { () throws(SwiftletError) in
            try Tagger(model, aggregation: aggregation, head)
        }
        if let ignored { tagger.ignoredLabels = Set(ignored) }
        self.tagger = tagger
    }

    /// Finds the spans of texts in batches of bounded memory, when it is this thread's turn.
    ///
    /// - Parameter show: gets the number of a text, the text, and a span; returns whether to go on.
    func tag(
        _ texts: TextList, _ cancellation: OpaquePointer?, _ show: (Int, String, [Tagger.TaggedSpan]) -> Bool
    ) throws(Failure) {
        try unsafe turn.inBatches(
            of: texts.count, size: Self.textsAtOnce, cancellation, { tagger.cancellation }
        ) { range throws(Failure) in
            let batch = try texts.texts(range)
            let found = try Failure.translating(textsFrom: range.lowerBound) { () throws(SwiftletError) in
                try tagger.tag(batch)
            }
            for (place, spans) in found.enumerated() where !spans.isEmpty {
                guard show(range.lowerBound + place, batch[place], spans) else { return false }
            }
            return true
        }
    }

    /// Of each token, there are all classes.
    private static let textsAtOnce = 256
}

extension Tagger.Aggregation {
    fileprivate init(_ value: UInt32) throws(Failure) {
        switch Int(value) {
        case SWIFTLET_AGGREGATION_DEFAULT, SWIFTLET_AGGREGATION_SIMPLE: self = .simple
        case SWIFTLET_AGGREGATION_NONE: self = .none
        case SWIFTLET_AGGREGATION_FIRST: self = .first
        case SWIFTLET_AGGREGATION_AVERAGE: self = .average
        case SWIFTLET_AGGREGATION_MAX: self = .max
        default:
            throw Failure(
                .argument, "options.aggregation is \(value): use SWIFTLET_AGGREGATION_...", place: "options.aggregation"
            )
        }
    }
}

/// Gives the caller's function the spans of a text; returns whether to go on.
private func show(
    _ index: Int, _ text: String, _ spans: [Tagger.TaggedSpan], _ onSpan: swiftlet_on_span,
    _ user: UnsafeMutableRawPointer?
) -> Bool {
    var bytes = [0]  // in front of each character, and the end
    for scalar in text.unicodeScalars { bytes.append(bytes[bytes.count - 1] + UTF8.width(scalar)) }
    for span in spans {
        let label = CText(span.label)
        var shown = unsafe swiftlet_span()
        unsafe shown.struct_size = UInt32(MemoryLayout<swiftlet_span>.size)
        unsafe shown.score = span.score
        unsafe shown.index = UInt64(index)
        unsafe shown.start = UInt64(span.range.lowerBound)
        unsafe shown.end = UInt64(span.range.upperBound)
        unsafe shown.start_byte = UInt64(bytes[span.range.lowerBound])
        unsafe shown.end_byte = UInt64(bytes[span.range.upperBound])
        unsafe shown.token = Int64(span.tokenIndex ?? -1)
        unsafe shown.label = label.start
        let goesOn = unsafe onSpan(user, &shown) == SWIFTLET_CONTINUE
        withExtendedLifetime(label) {}
        guard goesOn else { return false }
    }
    return true
}

@c @implementation
public func swiftlet_tagger_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_tagger_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe TaggerObject(model, options).give(out)
    }
}

@c @implementation
public func swiftlet_tagger_release(_ tagger: OpaquePointer?) { unsafe TaggerObject.release(tagger) }

@c @implementation
public func swiftlet_tag(
    _ tagger: OpaquePointer?, _ texts: UnsafePointer<swiftlet_texts>?, _ cancellation: OpaquePointer?,
    _ on_span: swiftlet_on_span?, _ user: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let tagger = try unsafe TaggerObject.of(tagger)
        guard let onSpan = unsafe on_span else { throw Failure(.argument, "on_span is NULL", place: "on_span") }
        let texts = try unsafe TextList(texts, "texts")
        try unsafe tagger.tag(texts, cancellation) { unsafe show($0, $1, $2, onSpan, user) }
    }
}
