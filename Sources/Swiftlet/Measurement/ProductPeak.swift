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
    ///   - rounds: of a dozen instructions for each thread and pass.
    ///   - passes: how many times; the fastest counts.
    /// - Returns: nil for an instruction set without dot instructions: `scalar`.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public static func measure(
        instructionSet: String? = nil, threads: Int = 0, rounds: Int = 4_000_000, passes: Int = 4
    ) throws(SwiftletError) -> ProductPeak? {
        guard (0...1024).contains(threads), (1...1 << 40).contains(rounds), passes >= 1 else {
            throw SwiftletError(
                .invalidArgument,
                "a peak cannot be measured with \(threads) threads, \(rounds) rounds and \(passes) passes: use 0 to "
                    + "1024 (0: automatic), 1 to 2^40 and 1 or more")
        }
        let kernels = try InstructionSets.kernels(instructionSet)
        guard let peak = DotPeak(kernels) else { return nil }
        let pool = try Self.pool(threads)
        var best = Duration.seconds(Int64.max)
        for _ in 0..<passes {
            best = min(best, ContinuousClock().measure { pool.run { _, _ in peak.run(rounds: rounds) } })
        }
        let products = Double(peak.products) * Double(rounds) * Double(pool.count)
        return ProductPeak(
            instructionSet: kernels.name, threads: pool.count,
            multiplyAddsPerSecond: products / max(best / .seconds(1), 1e-9))
    }

    private static func pool(_ threads: Int) throws(SwiftletError) -> ThreadPool {
        do throws(InterpreterError) { return try ThreadPool(threads: threads) } catch { throw SwiftletError(error) }
    }
}
