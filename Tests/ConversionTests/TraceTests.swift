import Foundation
import Swiftlet
import TestSupport
import Testing

/// What a trace keeps, beside transformers with eager attention (`Fixtures/layers/make_traces.py`), all in float32.
@Suite struct TraceTests {
    struct Expected: Decodable {
        let ids: [Token]
        let target: [Token]?
        let heads: Int
        let attention: [[Float]]
        let cross: [[Float]]?
        let encoder_attention: [[Float]]?
        let encoder_states: [[Float]]?
        let states: [[Float]]
        /// Of every token; of BERT none.
        let logits: [Float]?
        /// The last token's logits; of BERT all states.
        let without_head: [Float]?
        let without_layer: [Float]?

        static func all() throws -> [String: Expected] {
            let path = Fixtures.path("layers/traces.json")
            return try JSONDecoder().decode([String: Expected].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }

    private let expected: [String: Expected]

    init() throws { expected = try Expected.all() }

    private func expected(_ name: String) throws -> Expected { try #require(expected[name]) }

    private func model(_ name: String) throws -> (Model, ModelFolderCopy) {
        let folder = try ModelFolderCopy(name)
        _ = try folder.converted()
        return (try Model(path: folder.output), folder)
    }

    private static let exact: TraceOptions = {
        var options = TraceOptions()
        options.runtime.cacheType = .f32
        return options
    }()

    private func distance(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Float {
        let (a, b) = (Array(a), Array(b))
        return a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? .infinity : .infinity
    }

    private func check(_ stage: StageTrace, _ kind: AttentionTrace.Kind, _ weights: [[Float]]) {
        let own = stage.attentions.filter { $0.kind == kind }
        #expect(own.count == weights.count)
        for (found, exact) in zip(own, weights) {
            #expect(distance(found.weights, exact) < 1e-5, "layer \(found.layer)")
            for row in stride(from: 0, to: found.weights.count, by: found.columns) {
                #expect(abs(found.weights[row..<row + found.columns].reduce(0, +) - 1) < 1e-5)
            }
        }
    }

    private func check(_ stage: StageTrace, states: [[Float]]) {
        #expect(stage.layerCount + 1 == states.count)
        for (layer, exact) in states.enumerated() {
            #expect(distance(stage.hiddenStates(after: layer), exact) < 1e-4, "after \(layer) layers")
        }
    }

    @Test(arguments: ["gpt2", "qwen2"]) func `a decoder's attention, stream and logits are those of transformers`(
        name: String
    ) throws {
        let (model, folder) = try model(name)
        defer { withExtendedLifetime(folder) {} }
        let expected = try expected(name)
        let trace = try model.trace(expected.ids, Self.exact)
        check(trace.main, .own, expected.attention)
        check(trace.main, states: expected.states)
        let logits = try #require(expected.logits)
        #expect(distance(trace.main.logits, logits.suffix(model.vocabularySize)) < 1e-4)

        var lens = try LogitLens(model)
        let read = try lens.logits(of: trace.main.hiddenStates(after: trace.main.layerCount))
        #expect(distance(read, logits) < 1e-4)
        let readings = try lens.read(
            trace.main, layers: [0, trace.main.layerCount], positions: 0..<expected.ids.count)
        for (row, reading) in readings[1].enumerated() {
            let own = logits[row * model.vocabularySize..<(row + 1) * model.vocabularySize]
            #expect(
                reading.top[0].token == Token(own.indices.max { own[$0] < own[$1] }.map { $0 - own.startIndex } ?? -1))
            #expect(reading.divergence < 1e-9 && readings[0][row].divergence > 0)
        }
    }

    @Test func `a traced step has the logits of a plain one`() throws {
        let (model, folder) = try model("qwen2")
        defer { withExtendedLifetime(folder) {} }
        let ids = try expected("qwen2").ids
        var options = SessionOptions()
        options.cacheType = .f32
        var session = try Session(model, options)
        try session.append(ids)
        let plain = session.withLogits { row in row.indices.map { row[$0] } } ?? []
        #expect(try distance(model.trace(ids, Self.exact).main.logits, plain) < 1e-5)
    }

    @Test(arguments: ["gpt2", "qwen2"]) func `what parts add to a logit sums to it`(name: String) throws {
        let (model, folder) = try model(name)
        defer { withExtendedLifetime(folder) {} }
        let expected = try expected(name)
        let trace = try model.trace(expected.ids, Self.exact)
        let found = try model.contributions(to: 7, of: trace)
        #expect(abs(Float(found.sum) - trace.main.logits[7]) < 1e-4)
        #expect(
            found.terms.map(\.source) == ["embedding"] + ["attention", "feed-forward", "attention", "feed-forward"])
        let (attention, heads) = (found.terms[1], found.terms[1].heads)
        #expect(heads.count == expected.heads)
        if name == "qwen2" { #expect(abs(heads.reduce(0, +) - attention.value) < 1e-4) }
    }

    @Test(arguments: ["gpt2", "qwen2"]) func `an ablated head or layer is one whose output is zero`(name: String) throws
    {
        let (model, folder) = try model(name)
        defer { withExtendedLifetime(folder) {} }
        let expected = try expected(name)
        var options = Self.exact
        options.ablations = [AblatedPart(layer: 1, head: 1)]
        let head = try model.trace(expected.ids, options).main.logits
        #expect(try distance(head, #require(expected.without_head)) < 1e-4)
        options.ablations = [AblatedPart(layer: 1)]
        let layer = try model.trace(expected.ids, options)
        #expect(try distance(layer.main.logits, #require(expected.without_layer)) < 1e-4)
        #expect(distance(layer.main.hiddenStates(after: 2), layer.main.hiddenStates(after: 1)) < 1e-6)
        #expect(distance(head, layer.main.logits) > 1e-3)
        for (wrong, said) in [(AblatedPart(layer: 2), "layer 2"), (AblatedPart(layer: 0, head: 99), "head 99")] {
            options.ablations = [wrong]
            let error = #expect(throws: SwiftletError.self) { try model.trace(expected.ids, options) }
            #expect(error?.message.contains(said) == true)
        }
    }

    @Test func `an encoder's attention, stream and ablations are those of transformers`() throws {
        let (model, folder) = try model("bert")
        defer { withExtendedLifetime(folder) {} }
        let expected = try expected("bert")
        let trace = try model.trace(expected.ids, Self.exact)
        check(trace.main, .own, expected.attention)
        check(trace.main, states: expected.states)
        var options = Self.exact
        options.ablations = [AblatedPart(layer: 1, head: 1)]
        #expect(
            try distance(
                model.trace(expected.ids, options).main.hiddenStates(after: 2), #require(expected.without_head)) < 1e-4)
        options.ablations = [AblatedPart(layer: 1)]
        #expect(
            try distance(
                model.trace(expected.ids, options).main.hiddenStates(after: 2), #require(expected.without_layer)) < 1e-4
        )
    }

    @Test func `both stages of T5 are those of transformers`() throws {
        let (model, folder) = try model("t5")
        defer { withExtendedLifetime(folder) {} }
        let expected = try expected("t5")
        let trace = try model.trace(source: expected.ids, target: #require(expected.target), Self.exact)
        try check(#require(trace.encoder), .own, #require(expected.encoder_attention))
        try check(#require(trace.encoder), states: #require(expected.encoder_states))
        check(trace.main, .own, expected.attention)
        try check(trace.main, .cross, #require(expected.cross))
        check(trace.main, states: expected.states)
    }

    @Test func `Whisper's attention to the sound is that of transformers`() throws {
        let (model, folder) = try model("whisper")
        defer { withExtendedLifetime(folder) {} }
        let expected = try expected("whisper")
        let speech = try SpeechModel(model)
        let frames = 2 * speech.audioContext
        let mel = (0..<speech.melBands).flatMap { band in
            (0..<frames).map { Float(sin(0.1 * Double(band) + 0.37 * Double($0))) }
        }
        let trace = try speech.trace(mel: mel, target: #require(expected.target), Self.exact)
        check(trace.main, .own, expected.attention)
        try check(trace.main, .cross, #require(expected.cross))
        check(trace.main, states: expected.states)
        let encoder = try #require(trace.encoder)
        #expect(
            try distance(encoder.hiddenStates(after: encoder.layerCount), #require(expected.encoder_states?.last))
                < 1e-4)
    }

    @Test func `rollout is the product of half the mean attention and half the identity`() throws {
        let (model, folder) = try model("bert")
        defer { withExtendedLifetime(folder) {} }
        let expected = try expected("bert")
        let count = expected.ids.count
        var product = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        for place in 0..<count { product[place][place] = 1 }
        for layer in expected.attention {
            var mixed = (0..<count).map { row in
                (0..<count).map { column in
                    (0..<expected.heads).reduce(row == column ? 0.5 : 0) { sum, head in
                        sum + Double(layer[(head * count + row) * count + column]) / Double(expected.heads) / 2
                    }
                }
            }
            for row in 0..<count {
                let sum = mixed[row].reduce(0, +)
                for column in 0..<count { mixed[row][column] /= sum }
            }
            product = (0..<count).map { row in
                (0..<count).map { column in (0..<count).reduce(0) { $0 + mixed[row][$1] * product[$1][column] } }
            }
        }
        let found = try #require(try model.trace(expected.ids, Self.exact).main.rollout)
        #expect(distance(found, product.joined().map(Float.init)) < 1e-5)
    }

    @Test func `layers and heads are chosen, and too much is refused by name`() throws {
        let (model, folder) = try model("qwen2")
        defer { withExtendedLifetime(folder) {} }
        let ids = try expected("qwen2").ids
        var options = Self.exact
        options.layers = [1]
        options.heads = [0, 2]
        let trace = try model.trace(ids, options)
        #expect(trace.main.attentions.map(\.layer) == [1] && trace.main.attentions[0].heads == [0, 2])
        #expect(trace.main.rollout == nil)
        let all = try model.trace(ids, Self.exact)
        #expect(all.main.attentions[1].weights(head: 2) == trace.main.attentions[0].weights(at: 1))
        options.maxAttentionBytes = 100
        let error = #expect(throws: SwiftletError.self) { try model.trace(ids, options) }
        #expect(error?.message.contains("fewer layers") == true)
        #expect(throws: SwiftletError.self) { try model.trace([], Self.exact) }
        #expect(throws: SwiftletError.self) { try model.trace([Token(model.vocabularySize)], Self.exact) }
    }

    @Test func `each token has distinct experts, whose weights are Mixtral's`() throws {
        let (model, folder) = try model("mixtral")
        defer { withExtendedLifetime(folder) {} }
        let ids = try expected("qwen2").ids
        let trace = try model.trace(ids, Self.exact)
        #expect(trace.main.routings.map(\.layer) == Array(0..<trace.main.layerCount))
        for routing in trace.main.routings {
            #expect(routing.expertCount == 3 && routing.used == 2 && routing.experts.count == 2 * ids.count)
            for row in stride(from: 0, to: routing.experts.count, by: 2) {
                #expect(routing.experts[row] != routing.experts[row + 1])
                #expect((0..<3).contains(routing.experts[row]) && (0..<3).contains(routing.experts[row + 1]))
                // The best comes first, and the two weights are normalized.
                #expect(routing.weights[row] >= routing.weights[row + 1])
                #expect(abs(routing.weights[row] + routing.weights[row + 1] - 1) < 1e-5)
            }
        }
    }

    @Test func `a head that copies is found by its induction score`() {
        // a b c a b c: from the second a on, each token looks behind the earlier one like it.
        let tokens: [Token] = [1, 2, 3, 1, 2, 3]
        var weights = [Float](repeating: 0, count: 36)
        for row in 0..<6 { weights[row * 6 + (row < 3 ? 0 : row - 2)] = 1 }
        let copying = HeadMeasures(layer: 0, head: 0, weights[...], count: 6, tokens: tokens)
        #expect(copying.induction == 1 && copying.duplicate == 0 && copying.entropy == 0)
        var before = [Float](repeating: 0, count: 36)
        for row in 0..<6 { before[row * 6 + max(0, row - 1)] = 1 }
        let previous = HeadMeasures(layer: 0, head: 1, before[...], count: 6, tokens: tokens)
        #expect(previous.previous == 1 && previous.induction == 0)
        #expect(HeadMeasures(layer: 0, head: 0, before[...], count: 6, tokens: []).induction == nil)
    }
}
