import Hummingbird
import Swiftlet

/// Texts on their way to a client: whoever closes the connection ends the work.
struct TextRun: Sendable {
    /// What becomes of all texts: those of the first request, then those of the next.
    let events: AsyncStream<TextEvent>
    private let continuation: AsyncStream<TextEvent>.Continuation
    private let jobs: [TextJob]
    private let scheduler: TextScheduler
    private let context: ServerContext

    /// Hands requests to the scheduler.
    ///
    /// - Throws: ``APIError`` where too many wait; none is then run.
    init(_ requests: [TextRequest], _ scheduler: TextScheduler, _ context: ServerContext) throws(APIError) {
        (events, continuation) = AsyncStream<TextEvent>.makeStream()
        var jobs: [TextJob] = []
        for request in requests {
            do throws(APIError) {
                jobs.append(try scheduler.submit(request))
            } catch {
                for job in jobs { scheduler.cancel(job) }
                throw error
            }
        }
        self.jobs = jobs
        self.scheduler = scheduler
        self.context = context
    }

    /// A stream of events; comments are sent where nothing comes for long.
    ///
    /// - Parameters:
    ///   - failure: how a failure is told.
    ///   - write: sends what comes.
    func stream(
        failure: @escaping @Sendable (APIError, inout EventStream) async throws -> Void = { error, stream in
            try await stream.send(error.json)
        },
        _ write: @escaping @Sendable (inout EventStream) async throws -> Void
    ) async -> Response {
        // Before the first byte is written: that may fail.
        let watch = await context.watchClient { cancel() }
        return EventStream.response { stream in
            let tasks = forward() + [ping()]
            defer {
                for task in tasks { task.cancel() }
                watch.end()
                // Of no effect on what is done.
                cancel()
            }
            do {
                try await write(&stream)
            } catch let error as APIError {
                try await failure(error, &stream)
            }
        }
    }

    /// One answer.
    func whole(_ answer: @escaping @Sendable () async throws -> Response) async throws -> Response {
        let watch = await context.watchClient { cancel() }
        let tasks = forward()
        defer {
            for task in tasks { task.cancel() }
            watch.end()
            cancel()
        }
        return try await withTaskCancellationHandler {
            try await answer()
        } onCancel: {
            cancel()
        }
    }

    private func cancel() {
        for job in jobs { scheduler.cancel(job) }
    }

    /// Joins the events of all jobs.
    private func forward() -> [Task<Void, any Error>] {
        let left = Countdown(jobs.count)
        return jobs.enumerated().map { number, job in
            Task {
                let first = number * job.request.choosers.count
                for await event in job.events { continuation.yield(event.shifted(by: first)) }
                if left.isLast() { continuation.finish() }
            }
        }
    }

    private func ping() -> Task<Void, any Error> {
        Task {
            while true {
                try await Task.sleep(for: EventStream.pingInterval)
                continuation.yield(.ping)
            }
        }
    }
}

extension TextEvent {
    /// With the number that its text has among those of all requests.
    fileprivate func shifted(by first: Int) -> TextEvent {
        switch self {
        case .piece(let text, let piece, let token): .piece(text: first + text, piece, token)
        case .end(let text, let end): .end(text: first + text, end)
        case .failure, .ping: self
        }
    }
}
