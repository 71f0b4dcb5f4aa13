internal import Interpreter
internal import Tensors

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
    ///   - passes: how many times, fewer where that takes more than a second; the fastest counts.
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
        let pool = try Self.pool(threads)
        let count = pool.count
        let share = max(1, bytes / count)
        let memory = try Self.memory(share * count)
        let view = memory.view
        // Every thread touches its own share first, so that the system places it near that thread.
        pool.run { thread, _ in view.scratch(at: thread * share, bytes: share).fill(1) }
        var best = Duration.seconds(Int64.max)
        var sum = Duration.zero
        for _ in 0..<passes {
            let time = MonotonicClock.measure {
                pool.run { thread, _ in view.scratch(at: thread * share, bytes: share).readAll() }
            }
            best = min(best, time)
            sum += time
            if sum > .seconds(1) { break }
        }
        return ReadBandwidth(bytesPerSecond: Double(memory.byteCount) / max(best / .seconds(1), 1e-9), threads: count)
    }

    private static func memory(_ bytes: Int) throws(SwiftletError) -> Arena {
        do throws(TensorError) {
            return try Arena(byteCount: bytes, prefersLargePages: true)
        } catch {
            throw SwiftletError(error)
        }
    }

    private static func pool(_ threads: Int) throws(SwiftletError) -> ThreadPool {
        do throws(InterpreterError) { return try ThreadPool(threads: threads) } catch { throw SwiftletError(error) }
    }
}
