import Foundation
import GGUF
import Synchronization

/// The signals that ask the process to end: Ctrl-C (SIGINT), SIGTERM, and SIGHUP when the terminal is gone.
///
/// A thread of its own waits for them, instead of a signal handler, in which next to nothing may be done. The process ends
/// as it would without that, by the signal, but leaves no unfinished file behind.
enum EndSignals {
    /// The effect of Ctrl-C.
    enum Answer {
        /// The process ends at once.
        case endsNow
        /// The work is cancelled, and the process ends as soon as it notices.
        case ends
        /// Something else was stopped, and the process goes on.
        case goesOn
    }

    private static let onInterrupt = Mutex<[@Sendable () -> Answer]>([])
    private static let onEnd = Mutex<[@Sendable (CInt) -> Void]>([])
    /// Seconds that cancelled work has to end: it may wait for input that never comes.
    private static let grace = 2.0

    /// Watches from now on; to be called before there are other threads, which get the blocked signals from this one.
    ///
    /// A SIGTERM or SIGHUP that is ignored when the process starts, as by nohup, stays ignored.
    static func watch() {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] where signal == SIGINT || !isIgnored(signal) {
            unsafe sigaddset(&signals, signal)
        }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        Thread.detachNewThread { [signals] in
            var signals = signals
            while true {
                var signal: CInt = 0
                guard unsafe sigwait(&signals, &signal) == 0 else { return }
                if save(for: signal) { continue }
                guard signal == SIGINT else { end(by: signal) }
                answerInterrupt()
            }
        }
    }

    /// Calls `body` for every Ctrl-C until the process ends.
    static func onInterrupt(_ body: @escaping @Sendable () -> Answer) {
        onInterrupt.withLock { $0.append(body) }
    }

    /// Calls `body` for the first of any of the signals, instead of ending: the caller saves what is done, and then ends the
    /// process by ``end(by:)``. A second signal ends it at once.
    static func onEnd(_ body: @escaping @Sendable (CInt) -> Void) { onEnd.withLock { $0.append(body) } }

    /// - Returns: whether somebody saves first.
    private static func save(for signal: CInt) -> Bool {
        let bodies = onEnd.withLock { bodies in
            defer { bodies = [] }
            return bodies
        }
        for body in bodies { body(signal) }
        return !bodies.isEmpty
    }

    private static func answerInterrupt() {
        let answers = onInterrupt.withLock(\.self).map { $0() }
        if answers.contains(.goesOn) { return }
        guard answers.contains(.ends) else { end(by: SIGINT) }
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: grace)
            end(by: SIGINT)
        }
    }

    private static func isIgnored(_ number: CInt) -> Bool {
        let ignores =
            unsafe unsafeBitCast(signal(number, SIG_DFL), to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        if ignores { signal(number, SIG_IGN) }
        return ignores
    }

    /// Ends the process as the signal does that nobody waits for.
    static func end(by signal: CInt) -> Never {
        PendingFile.removeUnfinished()
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, signal)
        Foundation.signal(signal, SIG_DFL)
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(signal)
        _exit(128 + signal)
    }
}
