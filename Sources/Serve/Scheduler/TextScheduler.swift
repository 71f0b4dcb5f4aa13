import Foundation
import Swiftlet
import Synchronization

/// Writes the texts of all clients of one model by steps that they share (continuous batching).
///
/// Every step takes in the next token of each text, and a chunk of the prompts that came since. A text is bit-identical to
/// that of a ``Session`` with the same options, whatever else the steps hold. The work is done by a thread of the
/// scheduler's own.
final class TextScheduler: Sendable {
    struct Limits: Sendable {
        /// Max number of texts that are written at once.
        var parallel = 16
        /// Max number of requests that wait.
        var queue = 64
        /// Max tokens of a step.
        let stepTokens = 512
        /// Max bytes of states that are kept for later prompts.
        var prefixBytes = 1 << 30
        /// Max number of states that are kept.
        let prefixCount = 256
    }

    let engine: Engine
    let limits: Limits
    private let metrics: Metrics
    private let inbox = NSCondition()
    private let state = Mutex(State())

    private struct State {
        var submitted: [TextJob] = []
        /// Those that the thread has taken over, and not begun.
        var waiting = 0
        var running = 0
        var isClosed = false
        /// Something has changed since the thread looked.
        var isAwake = false
    }

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    init(
        _ model: Model, _ runtime: RuntimeOptions, contextLength: Int?, _ limits: Limits, _ metrics: Metrics
    ) throws(SwiftletError) {
        var options = EngineOptions()
        options.runtime = runtime
        options.contextLength = contextLength
        options.stepTokens = max(limits.stepTokens, limits.parallel)
        options.maxSequences = limits.parallel + limits.prefixCount + 1
        engine = try Engine(model, options)
        self.limits = limits
        self.metrics = metrics
        let thread = Thread { [weak self] in self?.run() }
        thread.name = "swiftlet-text"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Makes the model run with adapters once, so that what cannot be is known before a request asks for it.
    ///
    /// - Throws: ``SwiftletError``.
    func check(_ choice: AdapterChoice) throws(SwiftletError) {
        guard !choice.adapters.isEmpty else { return }
        let sequence = try engine.open()
        try engine.setAdapters(choice.adapters, of: sequence)
        try engine.close(sequence)
    }

    /// Requests that wait, and those that are being answered.
    var load: (waiting: Int, running: Int) {
        state.withLock { ($0.submitted.count + $0.waiting, $0.running) }
    }

    /// Takes a request over.
    ///
    /// - Throws: ``APIError`` where too many wait, or the server is ending.
    func submit(_ request: TextRequest) throws(APIError) -> TextJob {
        guard request.choosers.count <= limits.parallel else {
            throw .invalid(
                "\(request.choosers.count) texts of one prompt are not possible: use up to \(limits.parallel)",
                param: "n")
        }
        let job = TextJob(request)
        try state.withLock { state throws(APIError) in
            guard !state.isClosed else { throw .closing }
            let isFull = state.submitted.count + state.waiting >= limits.queue
            guard !isFull || state.running + state.waiting + state.submitted.count < limits.parallel else {
                throw .queueFull
            }
            state.submitted.append(job)
        }
        wake()
        return job
    }

    /// Ends a request that nobody waits for any more, wherever it is.
    func cancel(_ job: TextJob) {
        job.markCancelled()
        wake()
    }

    /// Refuses requests from here on.
    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    private func wake() {
        inbox.withLock {
            state.withLock { $0.isAwake = true }
            inbox.signal()
        }
    }

    // MARK: The thread

    private func run() {
        var batch = TextBatch(engine, limits, metrics)
        var waiting: [TextJob] = []
        while true {
            if batch.isEmpty, waiting.isEmpty { sleep() }
            waiting += state.withLock { state in
                state.isAwake = false
                defer { state.submitted = [] }
                return state.submitted
            }
            batch.sweep()
            admit(&waiting, &batch)
            state.withLock { state in
                state.waiting = waiting.count
                state.running = batch.active.count
            }
            metrics.cache(bytes: batch.prefixes.byteCount, entries: batch.prefixes.count)
            if state.withLock({ $0.isClosed && $0.submitted.isEmpty }), batch.isEmpty, waiting.isEmpty { return }
            batch.step()
        }
    }

    private func sleep() {
        inbox.withLock {
            while !state.withLock({ $0.isAwake }) { inbox.wait() }
        }
    }

    /// In the order in which they came, so that a wide request gets its turn; one that is held lets others pass.
    private func admit(_ waiting: inout [TextJob], _ batch: inout TextBatch) {
        let now = ContinuousClock.now
        var left: [TextJob] = []
        var isFull = false
        for job in waiting {
            if job.isCancelled {
                job.fail(.cancelled)
            } else if job.request.deadline <= now {
                job.fail(.timeout)
            } else {
                let admission = isFull ? .noRoom : batch.admit(job)
                if admission == .noRoom { isFull = true }
                if admission != .begun { left.append(job) }
            }
        }
        waiting = left
    }
}
