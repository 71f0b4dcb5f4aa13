import Graph
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Frequencies and magnitudes of stretched ropes, by the formulas of the papers.
@Suite struct RopeScalingTests {
    private func table(_ rope: RoPE) throws -> (frequencies: [Double], table: Operation.RopeTable) {
        let program = try compile { try $0.ropeTable(rope) }
        for case .ropeTable(let table) in program.operations { return (program.frequencies, table) }
        throw Missing.table
    }

    private enum Missing: Error { case table }

    /// arXiv:2309.00071 §3.2: between interpolated and kept frequencies by a ramp over pairs.
    private func yarn(_ yarn: YaRN, rotated: Int, base: Double) -> [Double] {
        func pair(_ turns: Double) -> Double {
            Double(rotated) * log(Double(yarn.originalLength) / (turns * 2 * .pi)) / (2 * log(base))
        }
        let ends = (pair(yarn.betaFast), pair(yarn.betaSlow))
        let low = max(yarn.roundsRamp ? floor(ends.0) : ends.0, 0)
        let high = min(yarn.roundsRamp ? ceil(ends.1) : ends.1, Double(rotated - 1))
        return (0..<rotated / 2).map { index in
            let kept = pow(base, -Double(2 * index) / Double(rotated))
            let ramp = min(max((Double(index) - low) / max(high - low, 0.001), 0), 1)
            return kept / yarn.factor * ramp + kept * (1 - ramp)
        }
    }

    @Test(arguments: [true, false], [(128, 10_000.0, 4_096), (64, 150_000, 4_096), (32, 1_000_000, 32_768)])
    func `YaRN interpolates slow pairs alone`(rounds: Bool, shape: (rotated: Int, base: Double, length: Int)) throws {
        var scaling = YaRN(factor: 16, originalLength: shape.length)
        scaling.roundsRamp = rounds
        let rope = RoPE(rotated: shape.rotated, base: shape.base, scaling: .yarn(scaling), pairing: .neox)
        let found = try table(rope).frequencies
        let expected = yarn(scaling, rotated: shape.rotated, base: shape.base)
        for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-14 * b) }
        #expect(found.count == expected.count)
        #expect(found[0] == 1)
        let slowest = pow(shape.base, -Double(shape.rotated - 2) / Double(shape.rotated))
        #expect(abs(found[shape.rotated / 2 - 1] * 16 / slowest - 1) < 1e-14)
    }

    @Test func `YaRN's turns move its ramp`() throws {
        var narrow = YaRN(factor: 8, originalLength: 4_096)
        narrow.betaFast = 4
        narrow.betaSlow = 2
        let found = try table(RoPE(rotated: 64, base: 10_000, scaling: .yarn(narrow), pairing: .neox)).frequencies
        for (a, b) in zip(found, yarn(narrow, rotated: 64, base: 10_000)) { #expect(abs(a - b) <= 1e-14 * b) }
    }

    @Test func `YaRN's magnitude`() throws {
        func magnitude(_ change: (inout YaRN) -> Void) throws -> Double {
            var scaling = YaRN(factor: 40, originalLength: 4_096)
            change(&scaling)
            return try table(RoPE(rotated: 64, base: 10_000, scaling: .yarn(scaling), pairing: .neox)).table.magnitude
        }
        let plain = 1 + 0.1 * log(40.0)
        #expect(abs(try magnitude { _ in } - plain) < 1e-15)
        #expect(try magnitude { $0.mscaleAllDimensions = 1 } == 1)
        #expect(abs(try magnitude { $0.mscale = 0.707 } - (1 + 0.0707 * log(40.0))) < 1e-15)
        #expect(abs(try magnitude { $0.attentionFactor = 0.5 } - plain / 2) < 1e-15)
        #expect(try magnitude { $0.factor = 1 } == 1)
    }

    @Test func `YaRN by a factor of 1 changes nothing`() throws {
        let scaling = RopeScaling.yarn(YaRN(factor: 1, originalLength: 4_096))
        let found = try table(RoPE(rotated: 64, base: 10_000, scaling: scaling, pairing: .neox)).frequencies
        #expect(found == (try table(RoPE(rotated: 64, base: 10_000, pairing: .neox)).frequencies))
    }

    @Test func `a long rope has two tables`() throws {
        let long = LongRope(
            short: try vector("short", [1, 2]), long: try vector("long", [4, 32]), originalLength: 8,
            attentionFactor: 1.25, choice: .length)
        let (frequencies, table) = try table(RoPE(rotated: 4, base: 100, scaling: .longrope(long), pairing: .neox))
        #expect(frequencies == [1, 0.1 / 2, 0.25, 0.1 / 32])
        #expect(table.firstFrequency == 0 && table.count == 2 && table.magnitude == 1.25)
        guard case .long(first: 2, beyond: 8, .length) = table.stretch else { Issue.record("\(table.stretch)"); return }
    }

    @Test func `what does not fit is an error`() throws {
        func isError(_ scaling: RopeScaling, rotated: Int = 8, sections: [Int]? = nil) throws -> Bool {
            var g = GraphBuilder()
            do throws(GraphError) {
                _ = try g.ropeTable(
                    RoPE(rotated: rotated, base: 10_000, scaling: scaling, sections: sections, pairing: .neox))
                return false
            } catch {
                return true
            }
        }
        let factors = try vector("factors", [1, 2, 3, 4])
        let fewer = try vector("fewer", [1, 2, 3])
        for (short, long) in [(factors, fewer), (fewer, factors)] {
            let scaling = LongRope(short: short, long: long, originalLength: 8, attentionFactor: 1, choice: .context)
            #expect(try isError(.longrope(scaling)))
        }
        #expect(try isError(.yarn(YaRN(factor: 2, originalLength: 0))))
        #expect(try isError(.dynamicNTK(factor: 2, originalLength: 8), rotated: 2))
        #expect(try isError(.dynamicNTK(factor: 2, originalLength: 0)))
        let plain = RopeScaling.linear(factor: 1)
        #expect(try isError(plain, sections: [2, 1]) && isError(plain, sections: [5, -1]))
        #expect(try !isError(plain, sections: [2, 1, 1, 0]))
    }
}
