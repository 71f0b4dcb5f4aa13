internal import CThreads

/// A value that several threads use, one at a time and each for a moment.
///
/// For forked children, too. Swift's `Mutex` is not for what several threads want at once: on Linux it names its owner by
/// the thread's number and asks for that once, so that a child's first thread goes on under its parent's; where another
/// thread then waits, the kernel finds the owner wrong and Swift ends the process.
package final class ForkSafeMutex<Value: Sendable>: @unchecked Sendable {  // the section lets in one thread
    private var value: Value

    package init(_ value: Value) {
        self.value = value
    }

    /// Looks at the value, or changes it.
    ///
    /// - Parameter body: calls nothing that takes long or uses a guarded value: all of the process share one lock, see
    ///   `swl_section.h`.
    package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        swl_section_begin()
        defer { swl_section_end() }
        return body(&value)
    }
}
