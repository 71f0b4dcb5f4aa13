internal import Interpreter
internal import Tensors

/// How fast this machine multiplies int8: the limit of taking in a prompt with quantized weights.
public struct ProductPeak: Sendable {
    /// The instructions: `avx2`, `avx-vnni`, `avx512-vnni`, `neon-dot`, `neon-i8mm`.
    public let name: String
    /// Multiplications with an addition each, all threads together, in the fastest pass.
    public let multiplyAddsPerSecond: Double

    /// Every kind of instruction of this CPU, slowest first; none where this library knows none.
    ///
    /// - Parameters:
    ///   - threads: 0: as many as a session would use.
    ///   - rounds: of a dozen instructions for each thread and pass.
    ///   - passes: how many times; the fastest counts.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public static func measure(
        threads: Int = 0, rounds: Int = 2_000_000, passes: Int = 4
    ) throws(SwiftletError) -> [ProductPeak] {
        guard (0...1024).contains(threads), (1...1 << 40).contains(rounds), passes >= 1 else {
            throw SwiftletError(
                .invalidArgument,
                "a peak cannot be measured with \(threads) threads, \(rounds) rounds and \(passes) passes: use 0 to "
                    + "1024 (0: automatic), 1 to 2^40 and 1 or more")
        }
        let pool = try Self.pool(threads)
        let count = pool.count
        var peaks: [ProductPeak] = []
        for peak in DotPeak.runnable {
            var best = Duration.seconds(Int64.max)
            for _ in 0..<passes {
                let time = ContinuousClock().measure { pool.run { _, _ in peak.run(rounds: rounds) } }
                best = min(best, time)
            }
            let products = Double(peak.products) * Double(rounds) * Double(count)
            peaks.append(
                ProductPeak(name: peak.name, multiplyAddsPerSecond: products / max(best / .seconds(1), 1e-9)))
        }
        return peaks
    }

    private static func pool(_ threads: Int) throws(SwiftletError) -> ThreadPool {
        do throws(InterpreterError) { return try ThreadPool(threads: threads) } catch { throw SwiftletError(error) }
    }
}
