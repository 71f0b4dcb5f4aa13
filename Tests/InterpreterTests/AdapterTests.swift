import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Products that adapters add to, against double arithmetic with the sum of weights and adapters.
    @Suite struct AdapterTests {
        @Test(arguments: 0..<20) func `float weights give what double arithmetic gives`(seed: Int) throws {
            try check(seed: seed, formats: [.f32, .f16, .bf16], tolerance: 20 * floatTolerance)
        }

        @Test(arguments: 100..<115) func `quantized weights come close to double arithmetic`(seed: Int) throws {
            try check(seed: seed, formats: [.f32, .q8_0, .q4_0], tolerance: 2 * quantizedTolerance)
        }

        @Test(arguments: 200..<215) func `packed weights come close to double arithmetic`(seed: Int) throws {
            try check(seed: seed, formats: [.f32, .q8_0, .q4_0], tolerance: 2 * quantizedTolerance, .packed)
        }

        private func check(
            seed: Int, formats: [EncodedWeight.Format], tolerance: Double, _ layout: WeightLayout = .blocks
        ) throws {
            var net = Net(seed: seed)
            net.adapterScales = seed % 2 == 0 ? [0.75] : [-0.5, 2]
            net.adapterFormats = formats.contains { $0.isQuantized } ? [.f32, .f16, .q8_0] : [.f32, .f16, .bf16]
            let output = try net.randomDecoder(blocks: 4, formats: formats)
            let program = net.program(output, layout)
            let tokens = someTokens(1 + seed % 13 * (seed % 4 + 1), seed: seed)
            let expected = net.reference(output, tokens)
            for instructionSet in instructionSets {
                let threads = 1 + (seed % 3)
                var interpreter = try Interpreter(program, .small(instructionSet, threads: threads))
                interpreter.setAdapterScales(net.adapterScales)
                let found = try interpreter.run(tokens)
                #expect(difference(found, expected) <= tolerance, "\(instructionSet), \(threads) threads\n\(program)")
                var again = try Interpreter(program, .small(instructionSet, threads: threads % 3 + 1))
                again.setAdapterScales(net.adapterScales)
                #expect(try again.run(tokens) == found, "\(instructionSet): another number of threads")
            }
        }

        /// Not with packed weights: an adapter reads floats, which are then quantized apart from the activation before them.
        @Test(arguments: [EncodedWeight.Format.f32, .q4_0])
        func `the scale 0 gives the bits of the weights alone`(format: EncodedWeight.Format) throws {
            for seed in 0..<6 {
                func rows(_ scale: Float, isStated: Bool = true) throws -> [[Float]] {
                    var net = Net(seed: seed)
                    net.adapterScales = [1]
                    net.leavesAdaptersOut = !isStated
                    let output = try net.randomDecoder(blocks: 3, formats: [format])
                    let program = net.program(output)
                    var interpreter = try Interpreter(program, .small("scalar"))
                    interpreter.setAdapterScales([scale])
                    return try interpreter.run(someTokens(9, seed: seed))
                }
                let alone = try rows(1, isStated: false)
                #expect(try rows(0) == alone)
                #expect(try rows(1) != alone)
            }
        }

        @Test(arguments: instructionSets) func `company and chunks change nothing`(instructionSet: String) throws {
            for formats in [[EncodedWeight.Format.f32], [.q4_0]] {
                var net = Net(seed: 7)
                net.adapterScales = [1]
                let output = try net.randomDecoder(blocks: 4, formats: formats)
                try checkCompany(net.program(output), instructionSet)
            }
        }
    }
}

extension Net {
    /// What some adapters add to a matrix, and the sum of all.
    mutating func adapters(of weights: [[Double]]) throws -> (updates: [LowRankUpdate], sum: [[Double]]) {
        let (rows, columns) = (weights.count, weights[0].count)
        var updates: [LowRankUpdate] = []
        var sum = weights
        for (adapter, scale) in adapterScales.enumerated() where random.chance(0.8) {
            let rank = random.pick([1, 2, 4, 7, 16])
            let (down, a) = try matrix(rows: rank, columns: columns, random.pick(adapterFormats))
            let (up, b) = try matrix(rows: rows, columns: rank, random.pick([.f32, .f16, .bf16]))
            let factor = AdapterFactor(adapter: adapter, constant: random.pick([1, 0.5]))
            updates.append(LowRankUpdate(down: down, up: up, factor: factor))
            let whole = Double(factor.constant) * Double(scale)
            for row in 0..<rows {
                for k in 0..<rank {
                    for column in 0..<columns { sum[row][column] += whole * b[row][k] * a[k][column] }
                }
            }
        }
        return (updates, sum)
    }
}
