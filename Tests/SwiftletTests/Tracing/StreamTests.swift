import Swiftlet
import TestSupport
import Testing

/// Traces of a model whose layers hand on several streams.
@Suite struct StreamTests {
    @Test func `Gemma 3n's streams are traced side by side, and the lens joins them`() throws {
        let model = try Model(path: Fixtures.path("models/gemma3n-f32.gguf"))
        let trace = try model.trace([1, 2, 3, 1, 2])
        let stage = trace.main
        #expect(stage.hiddenSize % model.hiddenSize == 0 && stage.hiddenSize > model.hiddenSize)
        #expect(stage.attentions.count == stage.layerCount)
        for attention in stage.attentions {
            for row in stride(from: 0, to: attention.weights.count, by: attention.columns) {
                #expect(abs(attention.weights[row..<row + attention.columns].reduce(0, +) - 1) < 1e-5)
            }
        }
        var lens = try LogitLens(model)
        let logits = try lens.logits(of: stage.hiddenStates(after: stage.layerCount)).suffix(model.vocabularySize)
        #expect(zip(logits, stage.logits).allSatisfy { abs($0 - $1) < 1e-4 })
        // The text's embedding is the active stream before the first layer; the others differ.
        let first = stage.hiddenStates(after: 0)
        #expect(first.prefix(model.hiddenSize) != first.dropFirst(model.hiddenSize).prefix(model.hiddenSize))
        var options = TraceOptions()
        options.ablations = [AblatedPart(layer: 0, head: 0)]
        #expect(try model.trace([1, 2, 3, 1, 2], options).main.logits != stage.logits)
        let error = #expect(throws: SwiftletError.self) { try model.contributions(of: trace) }
        #expect(error?.message.contains("no sum") == true)
    }
}
