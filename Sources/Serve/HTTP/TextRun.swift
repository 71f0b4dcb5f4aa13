import Hummingbird
import Swiftlet

/// A text on its way to a client: whoever closes the connection ends the work.
struct TextRun: Sendable {
    let job: TextJob
    private let scheduler: TextScheduler
    private let context: ServerContext

    init(_ job: TextJob, _ scheduler: TextScheduler, _ context: ServerContext) {
        self.job = job
        self.scheduler = scheduler
        self.context = context
    }

    /// A stream of events; comments are sent where nothing comes for long.
    ///
    /// - Parameter write: sends what comes; what it throws is sent as an event.
    func stream(_ write: @escaping @Sendable (inout EventStream) async throws -> Void) -> Response {
        EventStream.response { stream in
            let watch = await context.watchClient { scheduler.cancel(job) }
            let pings = Task {
                while true {
                    try await Task.sleep(for: EventStream.pingInterval)
                    job.send(.ping)
                }
            }
            defer {
                pings.cancel()
                watch.end()
                // Of no effect on one that is done.
                scheduler.cancel(job)
            }
            do {
                try await write(&stream)
            } catch let error as APIError {
                try await stream.send(error.json)
            }
        }
    }

    /// One answer.
    func whole(_ answer: @escaping @Sendable () async throws -> Response) async throws -> Response {
        let watch = await context.watchClient { scheduler.cancel(job) }
        defer {
            watch.end()
            scheduler.cancel(job)
        }
        return try await withTaskCancellationHandler {
            try await answer()
        } onCancel: {
            scheduler.cancel(job)
        }
    }
}
