import Swiftlet

/// How well documents answer queries.
final class RerankingService: Sendable {
    private static let share = 32
    private let runner: Runner
    private let work = WorkQueue("swiftlet-reranking")

    /// What the queue's thread alone uses.
    private final class Runner: @unchecked Sendable {
        var reranker: Reranker

        init(_ reranker: consuming Reranker) { self.reranker = reranker }
    }

    /// Nil for a model that is no reranker.
    init?(_ model: Model, _ runtime: RuntimeOptions) {
        var options = HeadOptions()
        options.runtime = runtime
        options.overflow = .truncate
        guard let reranker = try? Reranker(model, options) else { return nil }
        runner = Runner(reranker)
    }

    /// The model's logit for each document. Documents of concurrent requests take turns.
    ///
    /// - Throws: ``SwiftletError``, `CancellationError`.
    func score(_ query: String, _ documents: [String]) async throws -> [Float] {
        var scores: [Float] = []
        while scores.count < documents.count {
            try Task.checkCancellation()
            let part = Array(documents[scores.count...].prefix(Self.share))
            scores += try await work.run { [runner] in try runner.reranker.score(query, part) }
        }
        return scores
    }
}
