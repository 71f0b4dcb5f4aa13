#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What happens while a model is fetched.
package enum PullEvent: Equatable, Sendable {
    /// A file of `byteCount` bytes; `present` are there from an earlier try.
    case started(file: String, byteCount: Int, present: Int)
    /// Bytes of all files that are there, of all.
    case arrived(done: Int, total: Int)
    /// Another process fetches the same file.
    case waiting(file: String)
    case retrying(reason: String, seconds: Double)
    /// The bytes of an earlier try were wrong.
    case restarting(file: String)
}

/// Watches a download and may end it.
package struct PullObserver {
    private let onEvent: (PullEvent) -> Void
    private let asksCancelled: () -> Bool

    package init(
        isCancelled: @escaping () -> Bool = { false },
        onEvent: @escaping (PullEvent) -> Void = { _ in }
    ) {
        self.onEvent = onEvent
        asksCancelled = isCancelled
    }

    var isCancelled: Bool { asksCancelled() }

    func take(_ event: PullEvent) { onEvent(event) }

    /// - Throws: ``HubError/cancelled``, at most a tenth of a second late.
    func sleep(_ seconds: Double) throws(HubError) {
        var left = seconds
        while left > 0 {
            if isCancelled { throw .cancelled }
            usleep(useconds_t(min(left, 0.1) * 1e6))
            left -= 0.1
        }
        if isCancelled { throw .cancelled }
    }
}
