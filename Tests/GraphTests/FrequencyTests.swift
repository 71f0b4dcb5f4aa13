import Graph
import Tensors
import TestSupport
import Testing

/// Angles a position, worked by hand from `base^(-2i / rotated)` (arXiv:2104.09864 §3.2.2).
@Suite struct FrequencyTests {
    private func frequencies(_ ropes: RoPE...) throws -> [Double] {
        try compile { g in
            var last = try g.ropeTable(ropes[0])
            for rope in ropes.dropFirst() { last = try g.ropeTable(rope) }
            return last
        }.frequencies
    }

    private func expectClose(_ found: [Double], _ expected: [Double]) {
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-15 * abs(b)) }
    }

    @Test func `each pair turns slower by the base`() throws {
        // 10⁴ to the powers 0, -2/8, -4/8, -6/8.
        expectClose(
            try frequencies(RoPE(rotated: 8, base: 10_000, pairing: .neox)), [1, 0.1, 0.01, 0.001])
    }

    @Test func `linear scaling divides every frequency`() throws {
        expectClose(
            try frequencies(RoPE(rotated: 4, base: 100, factor: 4, pairing: .interleaved)), [0.25, 0.025])
    }

    @Test func `factors divide each pair's frequency`() throws {
        let factors = try vector("rope_freqs", [1, 8, 0.5])
        expectClose(
            try frequencies(RoPE(rotated: 6, base: 1_000, frequencyFactors: factors, pairing: .neox)),
            [1, 0.1 / 8, 0.01 * 2])
    }

    @Test func `factors and scaling both apply`() throws {
        let factors = try vector("rope_freqs", [2, 4])
        expectClose(
            try frequencies(RoPE(rotated: 4, base: 100, factor: 2, frequencyFactors: factors, pairing: .neox)),
            [0.25, 0.0125])
    }

    @Test func `two kinds of rotation keep their own frequencies`() throws {
        let program = try compile { g in
            let a = try g.ropeTable(RoPE(rotated: 4, base: 100, pairing: .neox))
            let b = try g.ropeTable(RoPE(rotated: 4, base: 10_000, pairing: .neox))
            return try g.add(a, b)
        }
        expectClose(program.frequencies, [1, 0.1, 1, 0.01])
        let places = program.operations.compactMap { operation in
            if case .ropeTable(let table) = operation {
                table.firstFrequency..<table.firstFrequency + table.count
            } else {
                nil
            }
        }
        #expect(places == [0..<2, 2..<4])
    }
}
