internal import CThreads
internal import Tensors

/// A pool of threads that run one step together; its threads start at the first step.
@safe package struct ThreadPool: ~Copyable, @unchecked Sendable {  // the C pool serializes runs
    private let pool: OpaquePointer

    /// - Parameter threads: the caller's counted in; 0 means as many as this process may use, see ``defaultCount``.
    /// - Throws: ``InterpreterError/tensors(_:)`` when memory is out.
    package init(threads: Int) throws(InterpreterError) {
        let count = threads > 0 ? UInt32(clamping: threads) : swl_default_threads()
        guard let pool = unsafe swl_pool_create(count) else { throw .tensors(.outOfMemory(bytes: 0)) }
        unsafe self.pool = pool
    }

    deinit {
        unsafe swl_pool_destroy(pool)
    }

    /// The least of affinity mask, cgroup quota and physical cores, or what `SWIFTLET_NUM_THREADS` says.
    package static var defaultCount: Int { Int(swl_default_threads()) }

    package var count: Int { Int(unsafe swl_pool_threads(pool)) }

    /// Runs the step's operations on every thread and returns when all are done.
    func run(_ step: Step) {
        var context = unsafe Context(step: step, pool: pool)
        unsafe withUnsafeMutablePointer(to: &context) { context in
            unsafe swl_pool_run(
                pool,
                { context, thread, threads in
                    guard let context = unsafe context?.assumingMemoryBound(to: Context.self) else { return }
                    unsafe context.pointee.step.execute(
                        Worker(pool: context.pointee.pool, thread: Int(thread), threads: Int(threads)))
                }, context)
        }
    }

    /// Runs `body` on every thread at once and returns when all are done.
    ///
    /// - Parameter body: gets the thread's number and how many there are.
    package func run(_ body: @Sendable (_ thread: Int, _ threads: Int) -> Void) {
        run(workers: { body($0.thread, $0.threads) })
    }

    /// What `transform` makes of each number below `count`, in the numbers' order.
    ///
    /// - Parameters:
    ///   - piece: how many numbers a thread takes at a time.
    ///   - transform: is called on any thread, several at once; gets the thread's number, too.
    package func map<Result: Sendable>(
        count: Int, piece: Int, _ transform: @Sendable (_ number: Int, _ thread: Int) -> Result
    ) -> [Result] {
        guard count > piece else { return (0..<count).map { transform($0, 0) } }
        let found = ForkSafeMutex<[(first: Int, results: [Result])]>([])
        run(workers: { worker in
            while true {
                let first = worker.take() * piece
                guard first < count else { return }
                let results = (first..<min(first + piece, count)).map { transform($0, worker.thread) }
                found.withLock { $0.append((first, results)) }
            }
        })
        return found.withLock { $0 }.sorted { $0.first < $1.first }.flatMap(\.results)
    }

    private func run(workers body: @Sendable (Worker) -> Void) {
        withoutActuallyEscaping(body) { body in
            var context = unsafe WorkerContext(body: body, pool: pool)
            unsafe withUnsafeMutablePointer(to: &context) { context in
                unsafe swl_pool_run(
                    pool,
                    { context, thread, threads in
                        guard let context = unsafe context?.assumingMemoryBound(to: WorkerContext.self) else { return }
                        unsafe context.pointee.body(
                            Worker(pool: context.pointee.pool, thread: Int(thread), threads: Int(threads)))
                    }, context)
            }
        }
    }

    @safe private struct Context {
        let step: Step
        let pool: OpaquePointer
    }

    @safe private struct WorkerContext {
        let body: @Sendable (Worker) -> Void
        let pool: OpaquePointer
    }
}

/// One thread of a running step.
@safe struct Worker: BitwiseCopyable {
    private let pool: OpaquePointer
    let thread: Int
    let threads: Int

    init(pool: OpaquePointer, thread: Int, threads: Int) {
        unsafe self.pool = pool
        self.thread = thread
        self.threads = threads
    }

    /// Waits for all threads; the next ``take()`` starts at zero again.
    func barrier() { unsafe swl_pool_barrier(pool) }

    /// The next chunk that no thread has taken since the last barrier: 0, 1, 2, ...
    func take() -> Int { unsafe swl_pool_take(pool) }

    /// This thread's share of `count` equal pieces of work; the caller's thread gets the first.
    func share(of count: Int) -> Range<Int> {
        (count * thread + threads - 1) / threads..<(count * (thread + 1) + threads - 1) / threads
    }
}
