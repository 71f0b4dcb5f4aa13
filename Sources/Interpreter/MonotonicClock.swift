internal import CPlatform

/// Measures what takes how long. (`ContinuousClock` needs the runtime of tasks, which the C library leaves out.)
package enum MonotonicClock {
    /// The time since some moment of the past.
    package static var now: Duration { .nanoseconds(swl_nanoseconds()) }

    package static func measure(_ work: () -> Void) -> Duration {
        let start = now
        work()
        return now - start
    }
}
