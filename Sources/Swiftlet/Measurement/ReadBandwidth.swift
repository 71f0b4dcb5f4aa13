internal import CKernels
internal import Interpreter

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How fast this machine reads memory: the limit of decoding, which reads every weight for every token.
public struct ReadBandwidth: Sendable {
    /// Of the fastest pass, all threads together.
    public let bytesPerSecond: Double
    /// Threads that read.
    public let threads: Int

    /// Reads memory with all threads at once, several times.
    ///
    /// - Parameters:
    ///   - threads: 0: as many as a session would use.
    ///   - bytes: how much memory, all threads together; to be much more than the caches hold.
    ///   - passes: how many times; the fastest counts.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public static func measure(
        threads: Int = 0, bytes: Int = 512 << 20, passes: Int = 6
    ) throws(SwiftletError) -> ReadBandwidth {
        guard (0...1024).contains(threads), (1...1 << 40).contains(bytes), passes >= 1 else {
            throw SwiftletError(
                .invalidArgument,
                "a bandwidth cannot be measured with \(threads) threads, \(bytes) bytes and \(passes) passes: use 0 to "
                    + "1024 (0: automatic), 1 to 2^40 and 1 or more")
        }
        let pool: ThreadPool
        do throws(InterpreterError) { pool = try ThreadPool(threads: threads) } catch { throw SwiftletError(error) }
        let count = pool.count
        let memory = try PrivateMemory(byteCount: max(1, bytes / count) * count)
        let view = memory.view
        // Every thread touches its own share first, so that the system places it near that thread.
        pool.run { thread, threads in view.share(thread, of: threads).fill(thread + 1) }
        var best = Duration.seconds(Int64.max)
        for _ in 0..<passes {
            let time = ContinuousClock().measure {
                pool.run { thread, threads in view.share(thread, of: threads).read() }
            }
            best = min(best, time)
        }
        return ReadBandwidth(bytesPerSecond: Double(memory.byteCount) / max(best / .seconds(1), 1e-9), threads: count)
    }
}

/// Memory of this process alone, in large pages where the system has them.
@safe private struct PrivateMemory: ~Copyable {
    let byteCount: Int
    private let base: UnsafeMutableRawPointer

    init(byteCount: Int) throws(SwiftletError) {
        let memory = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw SwiftletError(.outOfMemory, "no memory for \(byteCount) bytes to measure the bandwidth with")
        }
        #if os(Linux)
            unsafe madvise(memory, byteCount, MADV_HUGEPAGE)
        #endif
        self.byteCount = byteCount
        unsafe base = memory
    }

    deinit {
        unsafe munmap(base, byteCount)
    }

    var view: MemoryView { unsafe MemoryView(base: base, byteCount: byteCount) }
}

/// A window on a ``PrivateMemory``, valid while that lives.
@safe private struct MemoryView: @unchecked Sendable {  // threads use separate shares
    private let base: UnsafeMutableRawPointer
    private let byteCount: Int

    init(base: UnsafeMutableRawPointer, byteCount: Int) {
        unsafe self.base = base
        self.byteCount = byteCount
    }

    func share(_ index: Int, of count: Int) -> MemoryView {
        let start = byteCount / count * index
        let end = index + 1 == count ? byteCount : byteCount / count * (index + 1)
        return unsafe MemoryView(base: base + start, byteCount: end - start)
    }

    func fill(_ value: Int) { unsafe memset(base, CInt(value & 0xFF), byteCount) }

    func read() { _ = unsafe swl_read_memory(base, byteCount) }
}
