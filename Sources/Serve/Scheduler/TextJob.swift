import Swiftlet
import Synchronization

/// A ``TextRequest`` on its way through a ``TextScheduler``.
final class TextJob: Sendable {
    let request: TextRequest
    let submitted = ContinuousClock.now
    /// Takes its entries out of a running step.
    let cancellation = SessionCancellation()
    /// What becomes of it. Ends after the last text, or a failure.
    let events: AsyncStream<TextEvent>
    private let continuation: AsyncStream<TextEvent>.Continuation
    private let cancelled = Atomic(false)

    init(_ request: TextRequest) {
        self.request = request
        (events, continuation) = AsyncStream<TextEvent>.makeStream()
    }

    /// Whether nobody waits for it any more.
    var isCancelled: Bool { cancelled.load(ordering: .acquiring) }

    /// Marks it so; the scheduler is to be woken.
    func markCancelled() {
        cancelled.store(true, ordering: .releasing)
        cancellation.cancel()
    }

    func send(_ event: TextEvent) { continuation.yield(event) }

    func finish() { continuation.finish() }

    func fail(_ error: APIError) {
        continuation.yield(.failure(error))
        continuation.finish()
    }
}
