import Dispatch

/// Runs blocking work, a piece after the other, on a thread that nobody else waits for.
final class WorkQueue: Sendable {
    private let queue: DispatchQueue

    init(_ name: String) {
        queue = DispatchQueue(label: name, qos: .userInitiated)
    }

    func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    /// Runs work that reports its end itself.
    func start(_ work: @escaping @Sendable () -> Void) { queue.async(execute: work) }
}
