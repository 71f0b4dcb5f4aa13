import Swiftlet
import Synchronization

/// Turns Ctrl-C into the cancellation of a session's step; a second one ends the process at once.
final class Interruption: Sendable {
    private let requested = Atomic<Bool>(false)

    /// Ctrl-C has been pressed.
    var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Catches Ctrl-C from now on, until the process ends.
    ///
    /// Without a session to cancel, whoever works asks ``isRequested``.
    init(cancelling cancellation: SessionCancellation? = nil) {
        EndSignals.onInterrupt { [self] in
            if requested.exchange(true, ordering: .relaxed) { return .endsNow }
            cancellation?.cancel()
            return .ends
        }
    }

    /// - Throws: `Failure.interrupted` when Ctrl-C has been pressed.
    func check() throws(Failure) {
        if isRequested { throw .interrupted }
    }
}
