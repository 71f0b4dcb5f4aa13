import Foundation

/// Ctrl-C, as a call on a thread of its own instead of a signal handler, in which next to nothing may be done.
enum InterruptSignal {
    /// Calls `body` for every Ctrl-C from now on, until the process ends.
    ///
    /// The signal is blocked in this thread and all that it starts later; a thread of its own waits for it.
    static func observe(_ body: @escaping @Sendable () -> Void) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGINT)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        Thread.detachNewThread { [signals] in
            var signals = signals
            while true {
                var signal: CInt = 0
                guard unsafe sigwait(&signals, &signal) == 0 else { return }
                body()
            }
        }
    }
}
