internal import Synchronization

/// Asks a running step to stop at its next layer. Any thread may ask.
package final class Cancellation: Sendable {
    private let requested = Atomic<Bool>(false)
    /// The operation before which every thread of the step stops. Only the caller's thread sets it, ahead of a barrier
    /// that all threads pass before they compare: so all stop at the same one.
    private let stop = Atomic<Int>(.max)

    /// Its requests count here, too.
    private let parent: Cancellation?

    /// - Parameter parent: its requests count here too, as long as it has not forgotten them.
    package init(within parent: Cancellation? = nil) { self.parent = parent }

    package func cancel() { requested.store(true, ordering: .relaxed) }

    package var isCancelled: Bool { requested.load(ordering: .relaxed) || parent?.isCancelled == true }

    /// Forgets earlier requests, not those of a parent.
    package func reset() {
        requested.store(false, ordering: .relaxed)
        stop.store(.max, ordering: .relaxed)
    }

    /// Withdraws an own request, if there is one; returns whether there was one, a parent's counted in.
    func take() -> Bool {
        let isOwn = requested.exchange(false, ordering: .relaxed)
        return isOwn || parent?.isCancelled == true
    }

    /// Whether the step ended at a checkpoint.
    var hasStopped: Bool { stop.load(ordering: .relaxed) < .max }

    /// Forgets where a step ended, not the requests.
    func goOn() { stop.store(.max, ordering: .relaxed) }

    /// - Parameter allCancelled: whether each entry of the step was cancelled by itself.
    func decide(at operation: Int, allCancelled: Bool) {
        if isCancelled || allCancelled { stop.store(operation, ordering: .relaxed) }
    }

    func stops(at operation: Int) -> Bool { stop.load(ordering: .relaxed) <= operation }
}
