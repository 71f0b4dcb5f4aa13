import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

/// The instruction sets that this CPU can run.
let instructionSets = Kernels.runnable

extension Interpreter {
    /// Runs one step of the first sequence and returns its rows.
    mutating func run(
        _ tokens: [Int32], _ outputs: BatchEntry.Outputs = .all
    ) throws(InterpreterError) -> [[Float]] {
        try run(tokens, [BatchEntry(count: tokens.count, outputs: outputs)])
    }

    /// Runs one step and returns its rows, those of the first entry first.
    mutating func run(_ tokens: [Int32], _ entries: [BatchEntry]) throws(InterpreterError) -> [[Float]] {
        try step(tokens.span, entries: entries.span, vocabulary: Net.vocabulary)
        return entries.indices.flatMap { entry in
            let result = result(of: entry)
            return (0..<result.rows).map { row in result.withRow(row) { span in span.indices.map { span[$0] } } }
        }
    }

    /// Runs the tokens in steps of `chunk`, and returns the rows of all.
    mutating func run(_ tokens: [Int32], chunk: Int) throws(InterpreterError) -> [[Float]] {
        var all: [[Float]] = []
        for start in stride(from: 0, to: tokens.count, by: chunk) {
            all += try run(Array(tokens[start..<min(start + chunk, tokens.count)]))
        }
        return all
    }

    /// A copy of the last step's result.
    var rows: [[Float]] {
        let result = result
        return (0..<result.rows).map { row in
            result.withRow(row) { span in span.indices.map { span[$0] } }
        }
    }
}

/// Single tokens, short and long prompts, in one step and each alone: with the very same bits.
func checkCompany(_ program: Program, _ instructionSet: String) throws {
    let lengths = [30, 1, 8, 1, 17, 1, 5, 2, 1, 12]
    let texts = lengths.indices.map { someTokens(lengths[$0], seed: $0) }
    let expected = try texts.map { text in
        var alone = try Interpreter(program, .small(instructionSet))
        return try alone.run(text)
    }
    for threads in 1...3 {
        var together = try Interpreter(
            program, .small(instructionSet, threads: threads, sequences: lengths.count, stepTokens: 100))
        for order in [Array(lengths.indices), lengths.indices.reversed()] {
            let entries = order.map { BatchEntry(sequence: $0, count: lengths[$0], outputs: .all) }
            #expect(try together.run(order.flatMap { texts[$0] }, entries) == order.flatMap { expected[$0] })
            for sequence in lengths.indices { together.truncate(sequence: sequence, to: 0) }
        }
    }
}

extension Interpreter.Options {
    /// A float32 cache for up to 64 positions of each sequence.
    static func small(
        _ instructionSet: String = "scalar", threads: Int = 1, cache: CacheFormat = .f32, contextLength: Int = 64,
        sequences: Int = 1, stepTokens: Int = 64
    ) throws -> Interpreter.Options {
        Interpreter.Options(
            kernels: try Kernels(named: instructionSet), threads: threads, cacheFormat: cache,
            contextLength: contextLength, sequences: sequences, stepTokens: stepTokens)
    }
}

/// The distance of the rows as a part of their length, the greatest over all rows.
func difference(_ found: [[Float]], _ expected: [[Double]]) -> Double {
    guard found.count == expected.count, zip(found, expected).allSatisfy({ $0.count == $1.count }) else {
        return .infinity
    }
    return zip(found, expected).reduce(0) { worst, rows in
        let distance = zip(rows.0, rows.1).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        let length = rows.1.reduce(0) { $0 + $1 * $1 }
        let ratio = (distance / max(length, .leastNormalMagnitude)).squareRoot()
        return ratio.isNaN ? .infinity : max(worst, ratio)
    }
}

func difference(_ found: [[Float]], _ expected: [[Float]]) -> Double {
    difference(found, expected.map { $0.map(Double.init) })
}

/// What float32 arithmetic may be off by: an error of 2⁻²⁴ in each of some hundred operations.
let floatTolerance = 1e-5
/// What products of quantized weights may be off by: their activations are rounded to 1/254 of a block's greatest, an
/// error of about 0.5 % a product.
let quantizedTolerance = 0.05

/// Some tokens of the vocabulary.
func someTokens(_ count: Int, seed: Int = 0) -> [Int32] {
    var random = SeededRandom(seed: seed &+ 1_000)
    return (0..<count).map { _ in Int32(random.below(Net.vocabulary)) }
}
