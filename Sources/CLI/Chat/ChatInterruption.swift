import Foundation
import Swiftlet
import Synchronization

/// Turns Ctrl-C into the end of the running answer; when none is running, of the program.
final class ChatInterruption: Sendable {
    private let isAnswering = Atomic<Bool>(false)

    /// Catches Ctrl-C from now on, until the process ends.
    ///
    /// The signal is blocked in this thread and all that it starts later; a thread of its own waits for it.
    init(cancelling cancellation: SessionCancellation) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGINT)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        Thread.detachNewThread { [self, signals] in
            var signals = signals
            while true {
                var signal: CInt = 0
                guard unsafe sigwait(&signals, &signal) == 0 else { return }
                guard isAnswering.load(ordering: .relaxed) else { _exit(Failure.interrupted.exitCode) }
                cancellation.cancel()
            }
        }
    }

    /// An answer begins.
    func begin() { isAnswering.store(true, ordering: .relaxed) }

    /// It has ended.
    func end() { isAnswering.store(false, ordering: .relaxed) }
}
