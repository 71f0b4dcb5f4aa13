import Swiftlet
import TestSupport
import Testing

/// Tiny random-weight Whisper models against float64 arithmetic (`Fixtures/golden/make_speech.py`).
@Suite struct SpeechTests {
    struct List: Decodable {
        struct Model: Decodable {
            let file: String
            let whole: String
            let short: String
        }

        let mel: String
        let ids: [Token]
        let heads: [[Int]]
        let windows: [String: Int]
        let models: [Model]
    }

    struct Case: CustomTestStringConvertible {
        let file: String
        let window: String
        let positions: Int
        let values: String

        var testDescription: String { "\(file), \(window) window" }

        /// Largest error, of the largest value: the rounding of float32 sums, or of activations to int8.
        var tolerance: Float {
            if file.contains("q8_0") { return 0.03 }
            return file.contains("q4_0") ? 0.04 : 1e-5
        }
    }

    static let list = try? decode(List.self, Fixtures.path("golden/speech.json"))

    static let cases = (list?.models ?? []).flatMap { model in
        [("whole", model.whole), ("short", model.short)].map { name, values in
            Case(file: model.file, window: name, positions: list?.windows[name] ?? 0, values: values)
        }
    }

    @Test func `there are models of every type`() { #expect(Self.cases.count == 8) }

    @Test(arguments: cases, [nil] + InstructionSets.runnable)
    func `encoder, logits and attention are those of exact arithmetic`(test: Case, isa: String?) throws {
        let list = try #require(Self.list)
        let model = try SpeechModel(path: Fixtures.path("models/\(test.file)"))
        var options = SpeechOptions()
        options.cacheType = .f32
        options.instructionSet = isa
        options.threads = isa == nil ? 2 : 1
        var session = try SpeechSession(model, options)
        try session.encode(mel: floats(Fixtures.path("golden/\(list.mel)")), audioContext: test.positions)
        var encoded: [Float] = []
        session.withEncoded { _, row in for i in row.indices { encoded.append(row[i]) } }
        try session.decode(list.ids, keepsAll: true)
        var logits: [Float] = []
        for row in list.ids.indices {
            session.withLogits(row) { logits += $0.indices.map { [row = $0] in row[$0] } }
        }
        let heads = list.heads.map { CrossAttentionHead(layer: $0[0], head: $0[1]) }
        let attention = try session.crossAttention(of: list.ids, heads: heads)
        let exact = try floats(Fixtures.path("golden/\(test.values)"))
        try #require(exact.count == encoded.count + logits.count + attention.weights.count)
        var start = 0
        for (name, found) in [("encoder", encoded), ("logits", logits), ("attention", attention.weights)] {
            let expected = exact[start..<start + found.count]
            let largest = expected.map(abs).max() ?? 0
            let error = zip(found, expected).map { abs($0 - $1) }.max() ?? .nan
            #expect(error <= test.tolerance * largest, "\(name): \(error) of \(largest)")
            start += found.count
        }
    }
}
