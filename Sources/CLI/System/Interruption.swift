import Foundation
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
    ///
    /// The signal is blocked in this thread and all that it starts later; a thread of its own waits for it, so that
    /// nothing runs in a signal handler.
    init(cancelling cancellation: SessionCancellation? = nil) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGINT)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        Thread.detachNewThread { [self, signals] in
            var signals = signals
            while true {
                var signal: CInt = 0
                guard unsafe sigwait(&signals, &signal) == 0 else { return }
                if requested.exchange(true, ordering: .relaxed) { _exit(Failure.interrupted.exitCode) }
                cancellation?.cancel()
            }
        }
    }

    /// - Throws: `Failure.interrupted` when Ctrl-C has been pressed.
    func check() throws(Failure) {
        if isRequested { throw .interrupted }
    }
}
