import Graph
import Interpreter
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Net {
    /// - Parameter angles: of each pair at a position.
    mutating func rope(
        _ x: Tensor, _ rope: RoPE, headDimension: Int, firstColumn: Int = 0, magnitude: Double = 1,
        angles: @escaping @Sendable (_ position: Int) -> [Double]
    ) throws -> Tensor {
        let node = try builder.rope(
            x.node, table: builder.ropeTable(rope), headDimension: headDimension, firstColumn: firstColumn,
            pairing: rope.pairing)
        let (rotated, pairing) = (rope.rotated, rope.pairing)
        return add(
            node,
            .map(x.index) { position, row in
                var row = row
                for head in stride(from: firstColumn, to: row.count, by: headDimension) {
                    let turned = Plain.rope(
                        Array(row[head..<head + rotated]), position: 1, angles(position), headDimension: rotated,
                        pairing)
                    row.replaceSubrange(head..<head + rotated, with: turned.map { $0 * magnitude })
                }
                return row
            })
    }

    mutating func scaleByPosition(_ x: Tensor, coefficient: Double, length: Int, offset: Int) throws -> Tensor {
        let node = try builder.scaleByPosition(x.node, coefficient: coefficient, length: length, offset: offset)
        return add(
            node,
            .map(x.index) { position, row in
                let step = floor(Double(position + offset) / Double(length))
                return row.map { $0 * (1 + coefficient * log(1 + step)) }
            })
    }
}

extension InterpreterTests.OperationTests {
    private static func plainAngles(_ rotated: Int, base: Double = 100, _ position: Int) -> [Double] {
        (0..<rotated / 2).map { Double(position) * pow(base, -Double(2 * $0) / Double(rotated)) }
    }

    @Test(arguments: [RoPEPairing.interleaved, .neox], [0, 4, 8])
    func `rotations of columns anywhere in a head`(pairing: RoPEPairing, firstColumn: Int) throws {
        try check { net in
            try net.rope(
                net.embedding(columns: 48), RoPE(rotated: 8, base: 100, pairing: pairing), headDimension: 16,
                firstColumn: firstColumn
            ) { Self.plainAngles(8, $0) }
        }
    }

    @Test func `sections of one position are no sections`() throws {
        try check { net in
            let rope = RoPE(
                rotated: 16, base: 100, scaling: .linear(factor: 1), sections: [2, 3, 3, 0], pairing: .neox)
            return try net.rope(net.embedding(columns: 32), rope, headDimension: 16) { Self.plainAngles(16, $0) }
        }
    }

    @Test func `YaRN multiplies cosines and sines`() throws {
        var yarn = YaRN(factor: 8, originalLength: 1_000_000)  // every pair is fast
        yarn.attentionFactor = 0.75
        let magnitude = 0.75 * (1 + 0.1 * log(8.0))
        try check { net in
            let rope = RoPE(rotated: 16, base: 100, scaling: .yarn(yarn), pairing: .interleaved)
            return try net.rope(net.embedding(columns: 32), rope, headDimension: 16, magnitude: magnitude) {
                Self.plainAngles(16, $0)
            }
        }
    }

    @Test(arguments: [LongRope.Choice.context, .length], [20, 100])
    func `a long rope takes its factors by context or by length`(choice: LongRope.Choice, original: Int) throws {
        try check(tokens: 33) { net in
            let (short, shorts) = try net.vector([1, 1.5, 1, 2])
            let (long, longs) = try net.vector([1, 4, 8, 16])
            let scaling = LongRope(
                short: short, long: long, originalLength: original, attentionFactor: 1.1, choice: choice)
            let rope = RoPE(rotated: 8, base: 100, scaling: .longrope(scaling), pairing: .neox)
            // The context is of 64 positions.
            return try net.rope(net.embedding(columns: 16), rope, headDimension: 8, magnitude: 1.1) { position in
                let isLong = choice == .context ? 64 > original : position + 1 > original
                return zip(Self.plainAngles(8, position), isLong ? longs : shorts).map { $0 / $1 }
            }
        }
    }

    @Test func `a dynamic rope has a greater base beyond the original length`() throws {
        try check(tokens: 33) { net in
            let scaling = RopeScaling.dynamicNTK(factor: 4, originalLength: 12)
            let rope = RoPE(rotated: 16, base: 100, scaling: scaling, pairing: .neox)
            return try net.rope(net.embedding(columns: 32), rope, headDimension: 16) { position in
                let growth = position + 1 > 12 ? 4 * Double(position + 1) / 12 - 3 : 1
                return Self.plainAngles(16, base: 100 * pow(growth, 16.0 / 14), position)
            }
        }
    }

    @Test(arguments: [0, 1]) func `a query is scaled by the logarithm of its position`(offset: Int) throws {
        try check(tokens: 33) { net in
            try net.scaleByPosition(net.embedding(columns: 24), coefficient: 0.1, length: 8, offset: offset)
        }
    }

    @Test func `a stretched rope gives the same in chunks of any size`() throws {
        let program = try Net.program(seed: 5) { net in
            let x = try net.embedding(columns: 32)
            let dynamic = RopeScaling.dynamicNTK(factor: 4, originalLength: 9)
            let rope = RoPE(rotated: 16, base: 100, scaling: dynamic, pairing: .neox)
            let turned = try net.rope(x, rope, headDimension: 16) { _ in [] }
            return try net.scaleByPosition(turned, coefficient: 0.3, length: 4, offset: 1)
        }
        let tokens = someTokens(30)
        var whole = try Interpreter(program, .small())
        let expected = try whole.run(tokens)
        for chunk in [1, 7, 16] {
            var interpreter = try Interpreter(program, .small(threads: 2))
            #expect(try interpreter.run(tokens, chunk: chunk) == expected)
        }
    }
}
