import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests.OperationTests {
    @Test(arguments: Router.Scoring.allCases, [false, true])
    func `experts by every score`(scoring: Router.Scoring, normalized: Bool) throws {
        var options = Net.Experts()
        options.router = Router(scoring, used: 3)
        options.router.isNormalized = normalized
        options.router.scale = 2.5
        try checkExperts(options, tokens: 7)
    }

    @Test(arguments: EncodedWeight.Format.allCases, [1, 9, 40])
    func `experts in every format, for few tokens and many`(format: EncodedWeight.Format, count: Int) throws {
        var options = Net.Experts()
        options.format = format
        try checkExperts(options, tokens: count)
    }

    @Test(arguments: [1, 2], [false, true])
    func `experts of the best groups`(bestCount: Int, biased: Bool) throws {
        var options = Net.Experts()
        options.count = 12
        options.router = Router(.sigmoid, used: 4)
        options.router.groups = Router.Groups(count: 4, used: 2, bestCount: bestCount)
        options.hasSelectionBias = biased
        try checkExperts(options, tokens: 20)
    }

    @Test func `biases, scales and one matrix for gate and up`() throws {
        var options = Net.Experts()
        options.isFused = true
        options.isBiased = true
        options.hasSelectionBias = true
        options.hasScales = true
        for format in [EncodedWeight.Format.f32, .q8_0] {
            options.format = format
            try checkExperts(options, tokens: 11)
        }
    }

    @Test func `a clamped SwiGLU, and no gate at all`() throws {
        var options = Net.Experts()
        options.router = Router(.softmaxOfChosen, used: 4)
        options.isBiased = true
        options.activation = .clampedSwiGLU(alpha: 1.702, limit: 0.5)
        try checkExperts(options, tokens: 9)
        options.isGated = false
        options.activation = .plain(.gelu)
        options.hasSumBias = true
        try checkExperts(options, tokens: 9)
    }

    @Test(arguments: [1, 8]) func `one expert, and all of them`(used: Int) throws {
        var options = Net.Experts()
        options.router = Router(.softmax, used: used)
        try checkExperts(options, tokens: 5)
        options.count = used
        try checkExperts(options, tokens: 5)
    }

    private func checkExperts(_ options: Net.Experts, tokens: Int) throws {
        let tolerance = options.format.isQuantized ? 2 * quantizedTolerance : 2 * floatTolerance
        try check(tokens: tokens, tolerance: tolerance) { net in
            let x = try net.norm(net.embedding(columns: 96))
            return try net.experts(x, options)
        }
    }
}

extension InterpreterTests {
    /// The experts' output of a token depends on the token alone.
    @Suite struct ExpertTests {
        private func program(_ format: EncodedWeight.Format) throws -> Program {
            try Net.program(seed: 41) { net in
                var x = try net.embedding(columns: 64)
                var options = Net.Experts()
                options.format = format
                options.router = Router(.softmax, used: 3)
                for _ in 0..<2 { x = try net.add(x, net.experts(net.norm(x), options)) }
                return x
            }
        }

        @Test(arguments: instructionSets, [EncodedWeight.Format.f32, .q8_0, .q4_0])
        func `the same bits in any company, chunks and threads`(
            instructionSet: String, format: EncodedWeight.Format
        ) throws {
            let program = try program(format)
            let tokens = someTokens(40)
            for products in [ProductKernels.gemv, .gemm] {
                func rows(_ parts: [Int], threads: Int) throws -> [[Float]] {
                    var interpreter = try Interpreter(program, .small(instructionSet, threads: threads))
                    var found: [[Float]] = []
                    var first = 0
                    for count in parts {
                        let entry = [BatchEntry(count: count, outputs: .all, products: products)]
                        try interpreter.step(
                            Array(tokens[first..<first + count]).span, entries: entry.span, vocabulary: Net.vocabulary)
                        found += interpreter.rows
                        first += count
                    }
                    return found
                }
                let expected = try rows([40], threads: 1)
                for threads in 2...3 { #expect(try rows([40], threads: threads) == expected) }
                #expect(try rows([1, 7, 32], threads: 2) == expected)
                #expect(try rows([Int](repeating: 1, count: 40), threads: 1) == expected)
            }
        }

        /// Their kernels are chosen by what an expert gets of an entry, though it gets rows of all entries.
        @Test(arguments: instructionSets, [EncodedWeight.Format.f32, .q8_0, .q4_0])
        func `entries of any lengths give the bits that each gives alone`(
            instructionSet: String, format: EncodedWeight.Format
        ) throws {
            try checkCompany(program(format), instructionSet)
        }

        @Test func `a router of NaN chooses some experts and shows the damage`() throws {
            let program = try Net.program(seed: 42) { net in
                let x = net.scale(try net.embedding(columns: 64), by: .infinity)
                return try net.experts(x, Net.Experts())
            }
            for instructionSet in instructionSets {
                var interpreter = try Interpreter(program, .small(instructionSet, threads: 2))
                let rows = try interpreter.run(someTokens(5))
                #expect(rows.allSatisfy { $0.allSatisfy { !$0.isFinite } })
            }
        }
    }
}
