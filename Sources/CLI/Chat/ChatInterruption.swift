import Swiftlet
import Synchronization

/// Turns Ctrl-C into the end of the running answer; when none is running, of the program.
final class ChatInterruption: Sendable {
    private let isAnswering = Atomic<Bool>(false)

    /// Catches Ctrl-C from now on, until the process ends.
    init(cancelling cancellation: SessionCancellation) {
        EndSignals.onInterrupt { [self] in
            guard isAnswering.load(ordering: .relaxed) else { return .endsNow }
            cancellation.cancel()
            return .goesOn
        }
    }

    /// An answer begins.
    func begin() { isAnswering.store(true, ordering: .relaxed) }

    /// It has ended.
    func end() { isAnswering.store(false, ordering: .relaxed) }
}
