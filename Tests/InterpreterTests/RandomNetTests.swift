import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

extension InterpreterTests {
    /// Random decoders, with everything that the compiler joins and everything that it must not, against double
    /// arithmetic.
    @Suite struct RandomNetTests {
        @Test(arguments: 0..<30) func `float weights give what double arithmetic gives`(seed: Int) throws {
            try check(seed: seed, formats: [.f32, .f16, .bf16], tolerance: 20 * floatTolerance)
        }

        @Test(arguments: 100..<120) func `quantized weights come close to double arithmetic`(seed: Int) throws {
            try check(seed: seed, formats: [.f32, .q8_0, .q4_0], tolerance: 2 * quantizedTolerance)
        }

        @Test(arguments: 200..<220) func `packed weights come close to double arithmetic`(seed: Int) throws {
            try check(seed: seed, formats: [.f32, .q8_0, .q4_0], tolerance: 2 * quantizedTolerance, .packed)
        }

        private func check(
            seed: Int, formats: [EncodedWeight.Format], tolerance: Double, _ layout: WeightLayout = .blocks
        ) throws {
            var net = Net(seed: seed)
            let output = try net.randomDecoder(blocks: 4, formats: formats)
            let program = net.program(output, layout)
            let tokens = someTokens(1 + seed % 13, seed: seed)
            let expected = net.reference(output, tokens)
            for instructionSet in instructionSets {
                let threads = 1 + (seed % 3)
                var interpreter = try Interpreter(program, .small(instructionSet, threads: threads))
                let found = try interpreter.run(tokens)
                #expect(difference(found, expected) <= tolerance, "\(instructionSet), \(threads) threads\n\(program)")
                var again = try Interpreter(program, .small(instructionSet, threads: threads % 3 + 1))
                let other = try again.run(tokens)
                #expect(other == found, "\(instructionSet): another number of threads changes the result")
            }
        }
    }
}

extension Net {
    /// Blocks of random kinds on a residual stream of 64 columns, then a norm and a product of the outputs.
    mutating func randomDecoder(blocks: Int, formats: [EncodedWeight.Format]) throws -> Tensor {
        var x = try embedding(columns: 64, random.pick(formats))
        if random.chance(0.3) { x = try add(x, positionEmbedding(columns: 64)) }
        for _ in 0..<blocks { x = try randomBlock(x, formats) }
        let wanted = try norm(selectRows(x), random.pick([.rms, .layer]))
        return try linear(wanted, rows: 48, random.pick(formats), bias: random.chance(0.5))
    }

    private mutating func randomBlock(_ x: Tensor, _ formats: [EncodedWeight.Format]) throws -> Tensor {
        func format() -> EncodedWeight.Format { random.pick(formats) }
        let n = try norm(x, random.pick([.rms, .layer]))
        switch random.below(7) {
        case 0:
            let gate = try linear(n, rows: 96, format())
            let up = try linear(n, rows: 96, format(), bias: true)
            return try add(x, linear(multiply(up, activate(gate, .silu)), rows: 64, format()))
        case 1:  // the gate is read twice
            let gate = try linear(n, rows: 64, format())
            let up = try linear(n, rows: 64, format())
            return try add(x, add(multiply(activate(gate, .gelu), up), gate))
        case 2:  // two products in one sum
            return try add(x, add(linear(n, rows: 64, format()), linear(n, rows: 64, format())))
        case 3:  // a residual that comes later than its product
            let early = try linear(n, rows: 64, format())
            return try add(early, activate(multiply(x, n), .geluTanh))
        case 4:
            let fused = try linear(n, rows: 128, format())
            let swapped = try add(slice(fused, 64..<128), slice(fused, 0..<64))
            return try add(linear(slice(fused, 32..<96), rows: 64, format()), add(x, swapped))
        default: return try add(x, randomAttention(n, formats))
        }
    }

    private mutating func randomAttention(_ n: Tensor, _ formats: [EncodedWeight.Format]) throws -> Tensor {
        let heads = Heads(queries: 4, keyValues: random.pick([1, 2, 4]), keyDimension: 16, valueDimension: 16)
        let keySize = heads.keyValues * 16
        var query, keys, values: Tensor
        if random.chance(0.5) {
            let fused = try linear(n, rows: 64 + 2 * keySize, random.pick(formats), bias: true)
            query = try slice(fused, 0..<64)
            keys = try slice(fused, 64..<64 + keySize)
            values = try slice(fused, 64 + keySize..<64 + 2 * keySize)
        } else {
            query = try linear(n, rows: 64, random.pick(formats))
            keys = try linear(n, rows: keySize, random.pick(formats))
            values = try linear(n, rows: keySize, random.pick(formats))
        }
        if random.chance(0.4) {
            query = try normHeads(query, headDimension: 16)
            keys = try normHeads(keys, headDimension: 16)
        }
        if random.chance(0.7) {
            let pairing = random.pick([RoPEPairing.interleaved, .neox])
            query = try rope(query, rotated: 16, headDimension: 16, pairing)
            keys = try rope(keys, rotated: 16, headDimension: 16, pairing)
        }
        let attended = try attention(query: query, keys: keys, values: values, heads)
        return try linear(attended, rows: 64, random.pick(formats))
    }
}
