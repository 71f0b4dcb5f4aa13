import Swiftlet
import TestSupport
import Testing

/// Drafting does not change how probable a token is. Deviations are measured by chi-square: the sum of (found - expected)²
/// / expected, which exceeds its degrees of freedom f by more than 5 √(2 f) + 10 less than once in a million times.
@Suite struct SpeculativeSamplingTests {
    private func options(_ change: (inout SamplingOptions) -> Void) -> SamplingOptions {
        var options = SamplingOptions()
        options.temperature = 1
        options.topK = 0
        options.topP = 1
        options.minP = 0
        options.seed = 17
        change(&options)
        return options
    }

    private func distribution(
        _ logits: Span<Float>, _ options: SamplingOptions, after text: [Token] = []
    ) throws -> [Token: Double] {
        var sampler = try Sampler(options)
        return sampler.withAdjusted(logits, after: text) { sampler, logits in
            guard sampler.weighCandidates(logits) else { return [Sampler.mostProbable(logits): 1] }
            return Dictionary(uniqueKeysWithValues: sampler.candidates.map { ($0.token, Double($0.probability)) })
        }
    }

    private func expectLikely<Outcome: Hashable>(
        _ counts: [Outcome: Int], _ expected: [Outcome: Double], _ draws: Int
    ) {
        #expect(counts.keys.allSatisfy { expected[$0, default: 0] > 0 })
        // Rare outcomes are taken together: a chi-square needs some of each.
        var (statistic, freedom, rareFound, rareExpected) = (0.0, -1.0, 0.0, 0.0)
        func add(_ found: Double, _ expected: Double) {
            statistic += (found - expected) * (found - expected) / expected
            freedom += 1
        }
        for (outcome, probability) in expected {
            let (found, expected) = (Double(counts[outcome, default: 0]), probability * Double(draws))
            if expected >= 8 {
                add(found, expected)
            } else {
                rareFound += found
                rareExpected += expected
            }
        }
        if rareExpected >= 8 { add(rareFound, rareExpected) }
        #expect(statistic < freedom + 5 * (2 * max(freedom, 1)).squareRoot() + 10, "\(freedom) degrees of freedom")
    }

    @Test(
        arguments: [
            { _ in }, { $0.topK = 4 }, { $0.topP = 0.8 }, { $0.minP = 0.2 }, { $0.temperature = 3 },
            { $0.typicalP = 0.7 }, { $0.logitBias = [0: 2, 2: -.infinity] },
            {
                $0.repetitionPenalty = 1.5
                $0.frequencyPenalty = 0.3
                $0.presencePenalty = -0.5
            },
        ] as [@Sendable (inout SamplingOptions) -> Void])
    func `a judged guess is as probable as a sample, and accepted as often as can be`(
        change: @Sendable (inout SamplingOptions) -> Void
    ) throws {
        let options = options(change)
        let p: [Float] = [1, 0.5, 2, -1, 0, 1.5, .nan, -.infinity]
        let q: [Float] = [2, 0, 1, 1, -3, 1.5, 0.5, 1]
        let text: [Token] = [2, 5, 5, 3, 7]
        let expected = try distribution(p.span, options, after: text)
        let drafted = try distribution(q.span, options, after: text)
        var sampler = try Sampler(options)
        var drafter = try Sampler(
            self.options {
                change(&$0); $0.seed = 99
            })
        var counts: [Token: Int] = [:]
        var accepted = 0
        let draws = 10_000
        for _ in 0..<draws {
            let guess = drafter.propose(q.span, after: text)
            let token = sampler.sample(p.span, after: text, against: guess)
            counts[token, default: 0] += 1
            if token == guess.token { accepted += 1 }
        }
        expectLikely(counts, expected, draws)
        let rate = drafted.reduce(0) { $0 + min($1.value, expected[$1.key, default: 0]) }
        let deviation = (rate * (1 - rate) / Double(draws)).squareRoot()
        #expect(abs(Double(accepted) / Double(draws) - rate) < 5 * deviation + 1e-9)
    }

    @Test func `models that agree accept every guess`() throws {
        let logits = (0..<50).map { Float($0 % 7) }
        let text: [Token] = [6, 6, 13]
        var sampler = try Sampler(options { $0.repetitionPenalty = 1.3 })
        var drafter = try Sampler(
            options {
                $0.repetitionPenalty = 1.3
                $0.seed = 5
            })
        for _ in 0..<500 {
            let guess = drafter.propose(logits.span, after: text)
            #expect(sampler.sample(logits.span, after: text, against: guess) == guess.token)
        }
    }

    @Test func `texts of a tiny model are as probable as without drafting`() throws {
        let model = try TinyModels.open("llama-f32.gguf")
        let drafting = Drafting.model(try TinyModels.open("llama-q4_0.gguf"), maxTokens: 3)
        let sampling = options {
            $0.topK = 3
            $0.temperature = 2
            $0.repetitionPenalty = 1.2
            $0.frequencyPenalty = 0.5
            $0.penaltyWindow = 6
        }
        let prompt = TinyModels.prompt(model, 24)
        var session = try Session(model)
        // The probability of every text of four tokens.
        var expected: [[Token]: Double] = [[]: 1]
        for _ in 0..<4 {
            var longer: [[Token]: Double] = [:]
            for (text, probability) in expected {
                session.rewind(to: 0)
                try session.append(prompt)
                for token in text { try session.append([token]) }
                let logits = session.withLogits { row in row.indices.map { row[$0] } } ?? []
                for (token, share) in try distribution(logits.span, sampling, after: session.tokens) {
                    longer[text + [token]] = probability * share
                }
            }
            expected = longer
        }
        var counts: [[Token]: Int] = [:]
        var drafted = 0
        let draws = 1500
        session.rewind(to: 0)
        try session.append(prompt)
        for draw in 0..<draws {
            var generation = GenerationOptions()
            generation.sampling = sampling
            generation.sampling.seed = UInt64(draw)
            generation.maxTokens = 4
            generation.ignoresEnd = true
            generation.drafting = drafting
            session.rewind(to: prompt.count - 1)
            let found = try session.generate(from: [prompt[prompt.count - 1]], generation)
            counts[found.tokens, default: 0] += 1
            drafted += found.drafts?.drafted ?? 0
        }
        #expect(drafted > draws)
        expectLikely(counts, expected, draws)
    }
}
