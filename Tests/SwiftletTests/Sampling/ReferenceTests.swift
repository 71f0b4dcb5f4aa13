import Foundation
import Swiftlet
import TestSupport
import Testing

/// The sampler against llama.cpp's; see `Fixtures/sampling`.
@Suite struct SamplingReferenceTests {
    private struct References: Decodable {
        let logits: [[Float]]
        let texts: [[Token]]
        let cases: [Case]
    }

    private struct Case: Decodable {
        let logits: Int
        let text: Int
        let options: Options
        let ids: [Token]
        let probabilities: [Double]
    }

    private struct Options: Decodable {
        let logitBias: [String: Bias]?
        let repetitionPenalty, frequencyPenalty, presencePenalty, typicalP, topP, minP, temperature: Float?
        let penaltyWindow, topK: Int?

        var sampling: SamplingOptions {
            var options = SamplingOptions()
            options.repetitionPenalty = repetitionPenalty ?? 1
            options.frequencyPenalty = frequencyPenalty ?? 0
            options.presencePenalty = presencePenalty ?? 0
            options.penaltyWindow = penaltyWindow ?? 64
            options.topK = topK ?? 0
            options.typicalP = typicalP ?? 1
            options.topP = topP ?? 1
            options.minP = minP ?? 0
            options.temperature = temperature ?? 1
            for (token, bias) in logitBias ?? [:] { options.logitBias[Token(token) ?? -1] = bias.value }
            return options
        }
    }

    /// A number, or `"-inf"`, which JSON has no number for.
    private struct Bias: Decodable {
        let value: Float

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            value = try (try? container.decode(Float.self)) ?? Float(container.decode(String.self)) ?? .nan
        }
    }

    @Test func `the tokens that are left and their probabilities are llama.cpp's`() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("sampling/references.json")))
        let references = try JSONDecoder().decode(References.self, from: data)
        #expect(references.cases.count == 200)
        for (number, expected) in references.cases.enumerated() {
            var sampler = try Sampler(expected.options.sampling)
            let text = references.texts[expected.text]
            let logits = references.logits[expected.logits]
            let (ids, probabilities) = sampler.withAdjusted(logits.span, after: text) { sampler, logits in
                guard sampler.weighCandidates(logits) else { return ([Sampler.mostProbable(logits)], [1.0]) }
                let candidates = sampler.candidates.filter { $0.probability > 0 }
                return (candidates.map(\.token), candidates.map { Double($0.probability) })
            }
            #expect(ids == expected.ids, "case \(number)")
            for (found, expected) in zip(probabilities, expected.probabilities) {
                #expect(abs(found - expected) <= 2e-5 * expected + 1e-9, "case \(number)")
            }
        }
    }
}
