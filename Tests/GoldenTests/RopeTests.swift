import Swiftlet
import TestSupport
import Testing

/// Another rotary embedding than the file's, against llama.cpp (`Fixtures/golden/README.md`).
@Suite struct RopeTests {
    struct Case: Decodable, CustomTestStringConvertible {
        let scaling: String?
        let scale: Double?
        let base: Double?
        let original: Int?
        let logits: [Float]

        var testDescription: String { "\(scaling ?? "") \(scale ?? 0) \(base ?? 0) \(original ?? 0)" }

        var options: RopeOptions {
            var options = RopeOptions()
            options.scaling = scaling.flatMap(RopeOptions.Scaling.init)
            (options.scale, options.base, options.originalContextLength) = (scale, base, original)
            return options
        }
    }

    struct List: Decodable {
        let ids: [Token]
        let cases: [Case]
    }

    static let list = try? decode(List.self, Fixtures.path("golden/rope.json"))

    @Test func `there are cases`() { #expect(Self.list?.cases.count == 5) }

    @Test(arguments: list?.cases ?? [], InstructionSets.runnable)
    func `logits are llama.cpp's`(wanted: Case, instructionSet: String) throws {
        let ids = try #require(Self.list?.ids)
        let model = try Model(path: Fixtures.path("models/llama-f32.gguf"), rope: wanted.options)
        let found = try logits(model, ids, Variant(instructionSet: instructionSet))
        #expect(Divergence.largestDifference(wanted.logits, Array(found.suffix(wanted.logits.count))) < 1e-4)
    }
}
