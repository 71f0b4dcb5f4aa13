// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Interpreter
internal import Swiftlet
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Stops the calls that it was given to.
///
/// Nothing here waits for a lock, so that a signal handler may cancel.
final class CancellationObject: Handle {
    static var kind: HandleKind { .cancellation }
    private let isRequested = Atomic<Bool>(false)
    /// Addresses of the ``Running`` calls, which a place keeps alive.
    private let calls: InlineArray<16, Atomic<UInt>>
    /// Threads that are just cancelling.
    private let cancelling = Atomic<Int>(0)

    private final class Running: Sendable {
        let session: SessionCancellation

        init(_ session: SessionCancellation) { self.session = session }
    }

    init() {
        calls = InlineArray { _ in Atomic<UInt>(0) }
    }

    func cancel() {
        cancelling.add(1, ordering: .sequentiallyConsistent)
        isRequested.store(true, ordering: .sequentiallyConsistent)
        for index in calls.indices {
            let address = calls[index].load(ordering: .sequentiallyConsistent)
            guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { continue }
            unsafe Unmanaged<Running>.fromOpaque(pointer)._withUnsafeGuaranteedRef { $0.session.cancel() }
        }
        cancelling.subtract(1, ordering: .sequentiallyConsistent)
    }

    func reset() { isRequested.store(false, ordering: .sequentiallyConsistent) }

    /// Runs a call of a session, which a cancellation stops.
    ///
    /// - Parameter handle: the cancellation's, or NULL.
    /// - Throws: ``Failure`` with the status `cancelled` when it was cancelled before, `argument` for too many calls; what
    ///   `body` throws.
    static func run<Result>(
        _ handle: OpaquePointer?, _ session: SessionCancellation, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard unsafe handle != nil else { return try body() }
        let object = try unsafe CancellationObject.of(handle)
        let place = try object.attach(session)
        defer {
            object.detach(place)
            session.reset()
        }
        guard !object.isRequested.load(ordering: .sequentiallyConsistent) else {
            throw Failure(.cancelled, "cancelled before it began")
        }
        return try body()
    }

    private func attach(_ session: SessionCancellation) throws(Failure) -> Int {
        let address = unsafe UInt(bitPattern: Unmanaged.passRetained(Running(session)).toOpaque())
        for index in calls.indices {
            let result = calls[index].compareExchange(
                expected: 0, desired: address, ordering: .sequentiallyConsistent)
            if result.exchanged { return index }
        }
        Self.release(address)
        throw Failure(
            .argument, "\(calls.count) calls run with the cancellation: use another", place: "cancellation")
    }

    private func detach(_ place: Int) {
        let address = calls[place].exchange(0, ordering: .sequentiallyConsistent)
        // Whoever is cancelling may just have read the address, and may wait for a processor: a cancellation that comes
        // later would stop the session's next call. In a forked child it never ends: leave the object then.
        let end = MonotonicClock.now + .seconds(10)
        while case let threads = cancelling.load(ordering: .sequentiallyConsistent), threads > 0 {
            guard MonotonicClock.now < end else {
                cancelling.subtract(threads, ordering: .sequentiallyConsistent)
                return
            }
            _ = sched_yield()
        }
        Self.release(address)
    }

    private static func release(_ address: UInt) {
        guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return }
        unsafe Unmanaged<Running>.fromOpaque(pointer).release()
    }
}

@c @implementation
public func swiftlet_cancellation_create(
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in try unsafe CancellationObject().give(out) }
}

@c @implementation
public func swiftlet_cancellation_cancel(_ cancellation: OpaquePointer?) {
    unsafe CancellationObject.silently(cancellation)?.cancel()
}

@c @implementation
public func swiftlet_cancellation_reset(_ cancellation: OpaquePointer?) {
    unsafe CancellationObject.peek(cancellation)?.reset()
}

@c @implementation
public func swiftlet_cancellation_release(_ cancellation: OpaquePointer?) {
    unsafe CancellationObject.release(cancellation)
}
