import Swiftlet
import Synchronization

/// The vectors of texts; those of concurrent requests are computed together. A vector is the same alone and among others.
final class EmbeddingService: Sendable {
    /// A text's vector, and what it took.
    struct Vector: Sendable {
        var values: [Float]
        var tokenCount: Int
    }

    /// Texts of a request that are computed with those of others, so that nobody waits for all of a large one.
    private static let share = 64
    /// Max texts and tokens of a call.
    private static let maxTexts = 256
    private static let maxTokens = 16_384

    /// Elements of a vector.
    let dimensions: Int
    /// Max tokens of a text.
    let maxTokens: Int
    private let runner: Runner
    private let cancellation: SessionCancellation
    private let queue: Int
    private let work = WorkQueue("swiftlet-embedding")
    private let state = Mutex(State())

    private struct State {
        var jobs: [Job] = []
        var running: [Job] = []
        var isRunning = false
    }

    /// What the queue's thread alone uses.
    private final class Runner: @unchecked Sendable {
        var embedder: Embedder

        init(_ embedder: consuming Embedder) { self.embedder = embedder }
    }

    /// The texts of one request.
    private final class Job: Sendable {
        struct Progress {
            /// Filled by the queue's thread before the first text is computed.
            var tokens: [[Token]] = []
            var vectors: [Vector] = []
            var next = 0
            var continuation: CheckedContinuation<[Vector], any Error>?
            var isCancelled = false
        }

        let texts: [String]
        let role: TextRole
        let truncates: Bool
        let progress = Mutex(Progress())

        init(_ texts: [String], _ role: TextRole, truncates: Bool) {
            self.texts = texts
            self.role = role
            self.truncates = truncates
        }

        func finish(_ result: Result<[Vector], any Error>) {
            let continuation = progress.withLock { progress in
                defer { progress.continuation = nil }
                return progress.continuation
            }
            continuation?.resume(with: result)
        }
    }

    /// Nil for a model that has no vectors.
    ///
    /// - Parameter queue: max number of requests that wait.
    init?(_ model: Model, _ runtime: RuntimeOptions, queue: Int) {
        var options = EmbedderOptions()
        options.runtime = runtime
        // What is too long is refused before, where it is to be.
        options.overflow = .truncate
        guard let embedder = try? Embedder(model, options), embedder.pooling != .none else { return nil }
        dimensions = embedder.dimensions
        maxTokens = embedder.maxTokens
        cancellation = embedder.cancellation
        self.queue = queue
        runner = Runner(embedder)
    }

    /// Requests that are not done.
    var load: Int { state.withLock { $0.jobs.count } }

    /// The vectors of some texts, of length 1.
    ///
    /// - Parameter truncates: whether the end of a text that is too long is dropped.
    /// - Throws: ``SwiftletError`` with the code `contextFull` for a text that is too long; ``APIError`` where too many wait;
    ///   `CancellationError`.
    func embed(_ texts: [String], as role: TextRole = .plain, truncates: Bool = false) async throws -> [Vector] {
        guard load <= queue + Self.maxTexts else { throw APIError.queueFull }
        let job = Job(texts, role, truncates: truncates)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = job.progress.withLock { progress in
                    if !progress.isCancelled { progress.continuation = continuation }
                    return progress.isCancelled
                }
                if isCancelled { return continuation.resume(throwing: CancellationError()) }
                let starts = state.withLock { state in
                    state.jobs.append(job)
                    defer { state.isRunning = true }
                    return !state.isRunning
                }
                if starts { work.start { self.run() } }
            }
        } onCancel: {
            job.progress.withLock { $0.isCancelled = true }
            job.finish(.failure(CancellationError()))
            state.withLock { state in
                let isWanted = state.running.contains { !$0.progress.withLock(\.isCancelled) }
                if !state.running.isEmpty, !isWanted { cancellation.cancel() }
            }
        }
    }

    // MARK: The queue's thread

    private func run() {
        while let (jobs, tokens, counts) = nextBatch() {
            do throws(SwiftletError) {
                let vectors = try runner.embedder.embed(tokens: tokens)
                hand(vectors, to: jobs, counts)
            } catch {
                guard error.code != .cancelled else { continue }
                for job in jobs {
                    job.progress.withLock { $0.isCancelled = true }
                    job.finish(.failure(error))
                }
            }
        }
    }

    /// The next texts of all jobs, enough for one call; nil when there are none.
    private func nextBatch() -> ([Job], [[Token]], [Int])? {
        while true {
            let jobs = state.withLock { state in
                state.jobs.removeAll { job in
                    job.progress.withLock { $0.isCancelled || (!$0.tokens.isEmpty && $0.next == $0.tokens.count) }
                }
                state.isRunning = !state.jobs.isEmpty
                return state.jobs
            }
            guard !jobs.isEmpty else { return nil }
            var chosen: [Job] = []
            var tokens: [[Token]] = []
            var counts: [Int] = []
            var total = 0
            for job in jobs where tokens.count < Self.maxTexts && total < Self.maxTokens {
                guard prepare(job) else { continue }
                let part = job.progress.withLock { Array($0.tokens[$0.next...].prefix(Self.share)) }
                guard !part.isEmpty else { continue }
                chosen.append(job)
                tokens += part
                counts.append(part.count)
                total += part.reduce(0) { $0 + $1.count }
            }
            guard !chosen.isEmpty else { continue }
            // Those that waited go behind those that did not have their turn.
            state.withLock { state in
                state.running = chosen
                state.jobs.removeAll { job in chosen.contains { $0 === job } }
                state.jobs += chosen
            }
            cancellation.reset()
            return (chosen, tokens, counts)
        }
    }

    /// Makes tokens of a job's texts; false where it ends by that.
    private func prepare(_ job: Job) -> Bool {
        guard job.progress.withLock({ $0.tokens.isEmpty && !$0.isCancelled }) else { return true }
        let tokens = runner.embedder.tokens(of: job.texts, as: job.role)
        let tooLong = job.truncates ? nil : tokens.firstIndex { $0.count > maxTokens }
        if let tooLong {
            job.progress.withLock { $0.isCancelled = true }
            job.finish(
                .failure(
                    SwiftletError(
                        .contextFull,
                        "text \(tooLong) has \(tokens[tooLong].count) tokens, the model takes \(maxTokens): shorten it")
                ))
            return false
        }
        job.progress.withLock { $0.tokens = tokens }
        return true
    }

    private func hand(_ vectors: Embeddings, to jobs: [Job], _ counts: [Int]) {
        var first = 0
        for (job, count) in zip(jobs, counts) {
            let part = (first..<first + count).map {
                Vector(values: Array(vectors[$0]), tokenCount: vectors.texts[$0].tokenCount)
            }
            first += count
            let result = job.progress.withLock { progress -> [Vector]? in
                progress.vectors += part
                progress.next += count
                return progress.next == progress.tokens.count ? progress.vectors : nil
            }
            if let result { job.finish(.success(result)) }
        }
    }
}
