import Hummingbird
import NIOCore
import Synchronization

/// A request's context: beside Hummingbird's own, the connection that it came by.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Whether the body of the request has been read to its end.
    let body = BodyState()

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// That of the connection; nil where it is closed.
    var connectionMonitor: ConnectionMonitor? {
        get async { try? await channel.pipeline.handler(type: ConnectionMonitor.self).get() }
    }

    /// Calls `action` once when the client closes the connection, until the watch ends.
    func watchClient(_ action: @escaping @Sendable () -> Void) async -> ClientWatch {
        let monitor = await connectionMonitor
        return ClientWatch(monitor: monitor, number: monitor?.add(action))
    }

    /// Runs `body`; a client that closes the connection meanwhile cancels it.
    ///
    /// - Parameter timeout: how long it may take.
    /// - Throws: ``APIError/timeout`` where it takes longer, and what `body` throws.
    func whileConnected<Result: Sendable>(
        timeout: Duration, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        let watch = await watchClient { task.cancel() }
        let alarm = Alarm()
        let clock = Task {
            try await Task.sleep(for: timeout)
            alarm.ring()
            task.cancel()
        }
        defer {
            watch.end()
            clock.cancel()
        }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            throw alarm.hasRung ? APIError.timeout : error
        }
    }
}

/// Whether something has taken too long.
private final class Alarm: Sendable {
    private let rung = Atomic(false)

    var hasRung: Bool { rung.load(ordering: .acquiring) }

    func ring() { rung.store(true, ordering: .releasing) }
}

/// Whether a request's body has been read.
final class BodyState: Sendable {
    private let read = Atomic(false)

    var isRead: Bool { read.load(ordering: .relaxed) }

    func markRead() { read.store(true, ordering: .relaxed) }
}

/// A watch over a client, see ``ServerContext/watchClient(_:)``.
struct ClientWatch: Sendable {
    fileprivate let monitor: ConnectionMonitor?
    fileprivate let number: Int?

    func end() {
        if let number { monitor?.remove(number) }
    }
}
