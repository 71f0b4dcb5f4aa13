internal import Interpreter
internal import Tensors

/// How fast this machine multiplies int8: the limit of taking in a prompt with quantized weights.
public struct ProductPeak: Sendable {
    /// The instruction set whose dot instructions were measured.
    public let instructionSet: String
    /// Threads that multiplied.
    public let threads: Int
    /// Multiplications with an addition each, all threads together, in the fastest pass.
    public let multiplyAddsPerSecond: Double

    /// Runs nothing but dot instructions, on all threads at once, several times.
    ///
    /// - Parameters:
    ///   - instructionSet: nil: what a session would use.
    ///   - threads: 0: as many as a session would use.
    ///   - seconds: of each pass, about; 0 to 60.
    ///   - passes: how many times; the fastest counts.
    /// - Returns: nil for an instruction set without dot instructions: `scalar`.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public static func measure(
        instructionSet: String? = nil, threads: Int = 0, seconds: Double = 0.01, passes: Int = 4
    ) throws(SwiftletError) -> ProductPeak? {
        guard (0...1024).contains(threads), (0...60).contains(seconds), passes >= 1 else {
            throw SwiftletError(
                .invalidArgument,
                "a peak cannot be measured with \(threads) threads, \(seconds) seconds and \(passes) passes: use 0 to "
                    + "1024 (0: automatic), 0 to 60 and 1 or more")
        }
        let kernels = try InstructionSets.kernels(instructionSet)
        guard let peak = DotPeak(kernels) else { return nil }
        let pool = try Self.pool(threads)
        func time(_ rounds: Int) -> Double {
            let time = MonotonicClock.measure { pool.run { _, _ in peak.run(rounds: rounds) } }
            return max(time / .seconds(1), 1e-9)
        }
        let trial = 10_000
        _ = time(trial)  // the threads start
        let rounds = max(trial, Int(Double(trial) * seconds / time(trial)))
        let best = (0..<passes).reduce(Double.infinity) { best, _ in min(best, time(rounds)) }
        let products = Double(peak.products) * Double(rounds) * Double(pool.count)
        return ProductPeak(
            instructionSet: kernels.name, threads: pool.count, multiplyAddsPerSecond: products / best)
    }

    private static func pool(_ threads: Int) throws(SwiftletError) -> ThreadPool {
        do throws(InterpreterError) { return try ThreadPool(threads: threads) } catch { throw SwiftletError(error) }
    }
}
