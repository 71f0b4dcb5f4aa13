import Dispatch

/// Runs work that blocks or computes, on threads that nobody else waits for: those that serve connections stay free.
final class WorkQueue: Sendable {
    /// For what is done with requests before a model has them: reading JSON, templates, tokens, grammars.
    static let preparation = WorkQueue("swiftlet-preparation", isConcurrent: true)

    private let queue: DispatchQueue

    /// - Parameter isConcurrent: whether pieces of work may run at once; else one runs after the other.
    init(_ name: String, isConcurrent: Bool = false) {
        queue = DispatchQueue(label: name, qos: .userInitiated, attributes: isConcurrent ? .concurrent : [])
    }

    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    /// Runs work that reports its end itself.
    func start(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }
}
