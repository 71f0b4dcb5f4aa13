// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A reranker that threads take turns with.
final class RerankerObject: Handle, @unchecked Sendable {  // whoever has the turn uses the reranker
    static var kind: HandleKind { .reranker }
    private let turn: Turn
    private var reranker: Reranker

    init(_ model: Model, _ options: HeadOptions) throws(Failure) {
        turn = try Turn()
        reranker = try Failure.translating { () throws(SwiftletError) in try Reranker(model, options) }
    }

    /// Scores documents in batches of bounded memory, when it is this thread's turn.
    func score(
        _ query: String, _ documents: TextList, _ cancellation: OpaquePointer?,
        _ body: (_ first: Int, [Float]) -> Void
    ) throws(Failure) {
        try turn.wait { () throws(Failure) in
            try unsafe CancellationObject.run(cancellation, reranker.cancellation) { () throws(Failure) in
                var first = 0
                while first < documents.count {
                    let count = min(Self.documentsAtOnce, documents.count - first)
                    var texts: [String] = []
                    for index in first..<first + count { texts.append(try documents.text(index)) }
                    let scores = try Failure.translating(textsFrom: first) { () throws(SwiftletError) in
                        try reranker.score(query, texts)
                    }
                    body(first, scores)
                    first += count
                }
            }
        }
    }

    private static let documentsAtOnce = 2048
}

extension HeadOptions {
    fileprivate init(_ pointer: UnsafePointer<swiftlet_reranker_options>?) throws(Failure) {
        let options = try unsafe swiftlet_reranker_options.read(pointer, "options")
        try unsafe self.init(
            threads: options.threads, maxTokens: options.max_tokens, overflow: options.overflow,
            batchTokens: options.batch_tokens, instructionSet: options.instruction_set,
            parseSpecial: options.parse_special)
        adapters = try unsafe scaledAdapters(
            options.adapters, options.adapter_scales, options.adapter_count, "options.adapters")
    }
}

@c @implementation
public func swiftlet_reranker_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_reranker_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe RerankerObject(model, HeadOptions(options)).give(out)
    }
}

@c @implementation
public func swiftlet_reranker_release(_ reranker: OpaquePointer?) { unsafe RerankerObject.release(reranker) }

@c @implementation
public func swiftlet_rerank(
    _ reranker: OpaquePointer?, _ query: UnsafePointer<CChar>?, _ size: Int,
    _ documents: UnsafePointer<swiftlet_texts>?, _ cancellation: OpaquePointer?,
    _ scores: UnsafeMutablePointer<Float>?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let reranker = try unsafe RerankerObject.of(reranker)
        let output = try unsafe Output(scores, capacity, needed, "scores")
        let query = try unsafe Text.sized(query, size, "query")
        let documents = try unsafe TextList(documents, "documents")
        guard let room = try unsafe output.room(documents.count) else { return }
        try unsafe reranker.score(query, documents, cancellation) { first, scores in
            for (index, score) in scores.enumerated() { unsafe room[first + index] = score }
        }
    }
}
