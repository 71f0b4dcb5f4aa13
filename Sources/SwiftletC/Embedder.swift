// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// An embedder that threads take turns with.
final class EmbedderObject: Handle, @unchecked Sendable {  // whoever has the turn uses the embedder
    static var kind: HandleKind { .embedder }
    /// Constant properties.
    let info: swiftlet_embedder_info
    let dimensions: Int
    private let turn: Turn
    private var embedder: Embedder

    init(_ model: Model, _ options: EmbedderOptions) throws(Failure) {
        turn = try Turn()
        let embedder = try Failure.translating { () throws(SwiftletError) in try Embedder(model, options) }
        guard embedder.pooling != .none else {
            throw Failure(
                .model, "\(model.path): the model does not say how tokens' vectors become a text's: choose a pooling",
                place: "options.pooling")
        }
        var info = swiftlet_embedder_info()
        info.threads = UInt32(embedder.threadCount)
        info.dimensions = UInt64(embedder.dimensions)
        info.max_tokens = UInt64(embedder.maxTokens)
        copy(embedder.instructionSet, to: &info.instruction_set)
        self.info = info
        dimensions = embedder.dimensions
        self.embedder = embedder
    }

    /// Embeds texts in batches of bounded memory, when it is this thread's turn.
    ///
    /// - Parameter body: gets the number of the first text, and the vectors of some from there on.
    func embed(
        _ texts: TextList, _ request: EmbedRequest, _ body: (_ first: Int, Embeddings) -> Void
    ) throws(Failure) {
        try turn.wait { () throws(Failure) in
            try unsafe CancellationObject.run(request.cancellation, embedder.cancellation) { () throws(Failure) in
                var first = 0
                while first < texts.count {
                    let count = min(Self.textsAtOnce, texts.count - first)
                    body(first, try embed(texts, first..<first + count, request))
                    first += count
                }
            }
        }
    }

    /// The vector of one text beside many, without the arrays of the request.
    func embed(_ text: String, _ role: TextRole, _ cancellation: OpaquePointer?) throws(Failure) -> [Float] {
        try turn.wait { () throws(Failure) in
            try unsafe CancellationObject.run(cancellation, embedder.cancellation) { () throws(Failure) in
                try Failure.translating { () throws(SwiftletError) in try embedder.embed([text], as: role).values }
            }
        }
    }

    /// Enough that texts of like length meet.
    private static let textsAtOnce = 2048

    private func embed(
        _ texts: TextList, _ range: Range<Int>, _ request: EmbedRequest
    ) throws(Failure) -> Embeddings {
        var strings: [String] = []
        var failures: [Int: Failure] = [:]
        strings.reserveCapacity(range.count)
        for index in range {
            do throws(Failure) {
                strings.append(try texts.text(index))
            } catch {
                strings.append("")
                failures[index] = error
            }
        }
        var tokens = embedder.tokens(of: strings, as: request.role)
        for (position, index) in range.enumerated() {
            if failures[index] == nil { failures[index] = overflow(tokens[position], index) }
            guard let failure = failures[index] else { continue }
            guard request.takesFailures, failure.code == .utf8 || failure.code == .contextFull else { throw failure }
            tokens[position] = []
        }
        let embeddings = try Failure.translating { () throws(SwiftletError) in try embedder.embed(tokens: tokens) }
        for (position, text) in embeddings.texts.enumerated() {
            request.note(range.lowerBound + position, text)
        }
        for (index, failure) in failures { request.note(index, failure.code) }
        return embeddings
    }

    /// The error for a text of that number of tokens; nil if it fits.
    private func overflow(_ tokens: [Token], _ index: Int) -> Failure? {
        guard embedder.options.overflow == .error, tokens.count > embedder.maxTokens else { return nil }
        return Failure(
            .contextFull, "text \(index) has \(tokens.count) tokens, at most \(embedder.maxTokens) are possible",
            place: "texts", index: index)
    }
}

/// A `swiftlet_embed_options`.
@safe struct EmbedRequest {
    let role: TextRole
    let cancellation: OpaquePointer?
    private let tokenCounts: UnsafeMutablePointer<Int32>?
    private let statuses: UnsafeMutablePointer<Int32>?

    init(_ pointer: UnsafePointer<swiftlet_embed_options>?) throws(Failure) {
        let options = try unsafe swiftlet_embed_options.read(pointer, "options")
        switch Int(unsafe options.role) {
        case SWIFTLET_ROLE_PLAIN: role = .plain
        case SWIFTLET_ROLE_QUERY: role = .query
        case SWIFTLET_ROLE_PASSAGE: role = .passage
        default: throw Failure(.argument, "options.role is \(unsafe options.role): use 0 to 2", place: "options.role")
        }
        unsafe cancellation = unsafe options.cancellation
        unsafe tokenCounts = unsafe options.token_counts
        unsafe statuses = unsafe options.statuses
    }

    /// Whether a text may fail by itself.
    var takesFailures: Bool { unsafe statuses != nil }

    func note(_ index: Int, _ text: Embeddings.Text) {
        unsafe tokenCounts?[index] = Int32(clamping: text.tokenCount)
        unsafe statuses?[index] = Int32(text.isTruncated ? SWIFTLET_TRUNCATED : SWIFTLET_OK)
    }

    func note(_ index: Int, _ code: Failure.Code) { unsafe statuses?[index] = code.status }
}

extension EmbedderOptions {
    fileprivate init(_ pointer: UnsafePointer<swiftlet_embedder_options>?) throws(Failure) {
        let options = try unsafe swiftlet_embedder_options.read(pointer, "options")
        self.init()
        threads = unsafe Int(options.threads)
        switch unsafe Int(options.pooling) {
        case SWIFTLET_POOLING_DEFAULT: break
        case SWIFTLET_POOLING_MEAN: pooling = .mean
        case SWIFTLET_POOLING_CLS: pooling = .cls
        case SWIFTLET_POOLING_LAST: pooling = .last
        case SWIFTLET_POOLING_MAX: pooling = .max
        default:
            throw Failure(
                .argument, "options.pooling is \(unsafe options.pooling): use 0 to 4", place: "options.pooling")
        }
        normalize = try choice(unsafe options.normalize, "options.normalize") ?? normalize
        dimensions = try size(unsafe options.dimensions, "options.dimensions")
        maxTokens = try size(unsafe options.max_tokens, "options.max_tokens")
        overflow = try EmbedderOptions.Overflow(unsafe options.overflow)
        if unsafe options.batch_tokens > 0 { batchTokens = unsafe Int(options.batch_tokens) }
        queryPrefix = try unsafe Text.optional(options.query_prefix, "options.query_prefix")
        passagePrefix = try unsafe Text.optional(options.passage_prefix, "options.passage_prefix")
        sidecar = try unsafe Text.optional(options.sidecar, "options.sidecar")
        instructionSet = try unsafe Text.optional(options.instruction_set, "options.instruction_set")
        adapters = try unsafe scaledAdapters(
            options.adapters, options.adapter_scales, options.adapter_count, "options.adapters")
        parsesSpecial = try choice(unsafe options.parse_special, "options.parse_special") ?? true
    }
}

extension EmbedderOptions.Overflow {
    init(_ value: UInt32) throws(Failure) {
        switch Int(value) {
        case SWIFTLET_OVERFLOW_DEFAULT, SWIFTLET_OVERFLOW_ERROR: self = .error
        case SWIFTLET_OVERFLOW_TRUNCATE: self = .truncate
        default: throw Failure(.argument, "options.overflow is \(value): use 0 to 2", place: "options.overflow")
        }
    }
}

@c @implementation
public func swiftlet_embedder_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_embedder_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe EmbedderObject(model, EmbedderOptions(options)).give(out)
    }
}

@c @implementation
public func swiftlet_embedder_release(_ embedder: OpaquePointer?) { unsafe EmbedderObject.release(embedder) }

@c @implementation
public func swiftlet_embedder_get_info(
    _ embedder: OpaquePointer?, _ info: UnsafeMutablePointer<swiftlet_embedder_info>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        try unsafe EmbedderObject.of(embedder).info.write(info, "info")
    }
}

@c @implementation
public func swiftlet_embed(
    _ embedder: OpaquePointer?, _ texts: UnsafePointer<swiftlet_texts>?,
    _ options: UnsafePointer<swiftlet_embed_options>?, _ vectors: UnsafeMutablePointer<Float>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let embedder = try unsafe EmbedderObject.of(embedder)
        let output = try unsafe Output(vectors, capacity, needed, "vectors")
        let texts = try unsafe TextList(texts, "texts")
        let request = try unsafe EmbedRequest(options)
        guard let room = try unsafe output.room(texts.count, of: embedder.dimensions) else { return }
        try embedder.embed(texts, request) { first, embeddings in
            unsafe embeddings.values.withUnsafeBufferPointer { values in
                guard let source = values.baseAddress, let start = room.baseAddress else { return }
                unsafe (start + first * embedder.dimensions).update(from: source, count: values.count)
            }
        }
    }
}

@c @implementation
public func swiftlet_similarity(
    _ embedder: OpaquePointer?, _ text: UnsafePointer<CChar>?, _ size: Int, _ others: UnsafePointer<swiftlet_texts>?,
    _ options: UnsafePointer<swiftlet_embed_options>?, _ cosines: UnsafeMutablePointer<Float>?, _ capacity: Int,
    _ needed: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let embedder = try unsafe EmbedderObject.of(embedder)
        let output = try unsafe Output(cosines, capacity, needed, "cosines")
        let text = try unsafe Text.sized(text, size, "text")
        let others = try unsafe TextList(others, "others")
        let request = try unsafe EmbedRequest(options)
        guard let room = try unsafe output.room(others.count) else { return }
        let role = request.role == .passage ? TextRole.query : request.role
        let vector = try unsafe embedder.embed(text, role, request.cancellation)
        try embedder.embed(others, request) { first, embeddings in
            for index in 0..<embeddings.count {
                unsafe room[first + index] = cosine(vector[...], embeddings[index])
            }
        }
    }
}

/// The cosine of two vectors; 0 where one has no direction.
private func cosine(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    func product(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let lengths = product(a, a).squareRoot() * product(b, b).squareRoot()
    // Vectors of the length 1, up to rounding, are not scaled again.
    return abs(lengths - 1) < 1e-4 ? product(a, b) : lengths > 0 ? product(a, b) / lengths : 0
}
