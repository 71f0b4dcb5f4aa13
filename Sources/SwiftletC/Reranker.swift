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
        try unsafe turn.inBatches(
            of: documents.count, cancellation, { reranker.cancellation }
        ) { range throws(Failure) in
            let texts = try documents.texts(range)
            body(
                range.lowerBound,
                try Failure.translating(textsFrom: range.lowerBound) { () throws(SwiftletError) in
                    try reranker.score(query, texts)
                })
            return true
        }
    }
}

@c @implementation
public func swiftlet_reranker_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_reranker_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).text
        try unsafe RerankerObject(model, HeadOptions(UnsafeRawPointer(options))).give(out)
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
