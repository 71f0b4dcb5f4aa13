import Swiftlet
import TestSupport
import Testing

/// Bias, penalties and the least length, in texts.
@Suite struct AdjustmentTests {
    private let model: Model

    init() throws {
        model = try Model(path: Fixtures.path("chat.gguf"))
    }

    private func generate(
        _ prompt: String = "Q: What is the capital of France?\nA:", _ change: (inout GenerationOptions) -> Void
    ) throws -> Generation {
        var session = try Session(model)
        var options = GenerationOptions()
        options.sampling = .greedy
        options.maxTokens = 40
        change(&options)
        return try session.generate(from: model.tokenize(prompt), options)
    }

    @Test func `the greatest logit after bias and penalties is the greedy choice`() throws {
        func choice(_ change: (inout SamplingOptions) -> Void) throws -> Token {
            var options = SamplingOptions.greedy
            change(&options)
            var sampler = try Sampler(options)
            let logits: [Float] = [2, 3, -1, 2.5, -1.5]
            return sampler.sample(logits.span, after: [1, 1, 3, 1, 4, 2])
        }
        #expect(try choice { _ in } == 1)
        #expect(try choice { $0.logitBias = [4: 5] } == 4)
        #expect(try choice { $0.logitBias = [1: -.infinity] } == 3)
        #expect(try choice { $0.repetitionPenalty = 1.1 } == 1, "3 / 1.1 = 2.7")
        #expect(try choice { $0.repetitionPenalty = 2 } == 0)
        #expect(try choice { $0.frequencyPenalty = 0.2 } == 1, "3 - 3 * 0.2 = 2.4, 2.5 - 0.2 = 2.3")
        #expect(try choice { $0.frequencyPenalty = 0.3 } == 3, "3 - 3 * 0.3 = 2.1, 2.5 - 0.3 = 2.2")
        #expect(try choice { $0.presencePenalty = 1.2 } == 0)
        #expect(
            try choice {
                $0.presencePenalty = 9
                $0.penaltyWindow = 2
            } == 1)
        #expect(
            try choice {
                $0.presencePenalty = 9
                $0.penaltyWindow = 0
            } == 1)
        #expect(
            try choice {
                $0.presencePenalty = 9
                $0.penaltyWindow = -1
            } == 0)
    }

    @Test func `tokens that are not there are passed over`() throws {
        var options = SamplingOptions.greedy
        options.presencePenalty = 1
        options.logitBias = [70: 3]
        var sampler = try Sampler(options)
        let logits: [Float] = [1, 2]
        #expect(sampler.sample(logits.span, after: [-1, 2, .max, 1]) == 0)
    }

    @Test func `a token that is ruled out never comes, and one with a great bias always`() throws {
        let paris = try #require(try generate { _ in }.tokens.dropFirst(2).first)
        #expect(try !generate { $0.sampling.logitBias = [paris: -.infinity] }.tokens.contains(paris))
        let found = try generate {
            $0.sampling = SamplingOptions()
            $0.sampling.logitBias = [paris: 1000]
            $0.maxTokens = 5
        }
        #expect(found.tokens == [Token](repeating: paris, count: 5))
    }

    @Test func `a bias of a token that the model does not have is an error`() throws {
        let error = #expect(throws: SwiftletError.self) { try generate { $0.sampling.logitBias = [1280: 1] } }
        #expect(error?.code == .invalidArgument && error?.message.contains("0 to 1279") == true)
    }

    @Test func `a text that would repeat itself does so no more`() throws {
        func distinct(_ change: (inout SamplingOptions) -> Void) throws -> Int {
            let found = try generate {
                $0.ignoresEnd = true
                $0.maxTokens = 60
                change(&$0.sampling)
            }
            return Set(found.tokens).count
        }
        let plain = try distinct { _ in }
        #expect(try distinct { $0.repetitionPenalty = 1.5 } > plain)
        #expect(
            try distinct {
                $0.presencePenalty = 1000
                $0.penaltyWindow = -1
            } == 60, "no token comes twice")
    }

    @Test func `the model cannot end its text too early`() throws {
        let short = try generate { _ in }
        #expect(short.reason == .end && short.tokens.count < 30)
        let long = try generate { $0.minTokens = 30 }
        #expect(long.tokens.count >= 30 && long.tokens.starts(with: short.tokens))
        #expect(!long.tokens.contains { model.isEndOfGeneration($0) })
        let same = try generate { $0.minTokens = short.tokens.count }
        #expect(same.tokens == short.tokens && same.reason == .end)
        #expect(try generate { $0.minTokens = .max }.tokens.count == 40)
        #expect(throws: SwiftletError.self) { try generate { $0.minTokens = -1 } }
        // A grammar's end is the text's, whatever was asked for.
        let grammar = try OutputGrammar(gbnf: "root ::= \"yes\" \" no\"?")
        let answer = try generate {
            $0.grammar = grammar
            $0.minTokens = 30
        }
        #expect(answer.text == "yes no")
    }

    @Test func `a grammar holds whatever is ruled out`() throws {
        let grammar = try OutputGrammar(gbnf: "root ::= \"yes\"")
        var biases: [Token: Float] = [:]
        for token in 0..<Token(model.vocabularySize) { biases[token] = -.infinity }
        #expect(
            try generate {
                $0.grammar = grammar
                $0.sampling.logitBias = biases
            }.text == "yes")
        let letters = try OutputGrammar(gbnf: "root ::= [a-c]+")
        let found = try generate {
            $0.grammar = letters
            $0.sampling.presencePenalty = 1000
            $0.sampling.penaltyWindow = 1
            $0.minTokens = 20
        }
        #expect(found.tokens.count >= 20 && found.text.allSatisfy { "abc".contains($0) })
        #expect(zip(found.tokens, found.tokens.dropFirst()).allSatisfy { $0 != $1 }, "no token follows itself")
    }

    @Test func `drafting leaves a penalized text as it is`() throws {
        let tiny = try TinyModels.open("llama-f32.gguf")
        for (index, draft) in [nil, "llama-q8_0.gguf", "llama-f32.gguf"].enumerated() {
            let drafting = try draft.map { Drafting.model(try TinyModels.open($0), maxTokens: 5) } ?? .lookup()
            for window in [-1, 4, 64] {
                var options = GenerationOptions()
                options.sampling = .greedy
                options.sampling.repetitionPenalty = 1.4
                options.sampling.frequencyPenalty = 0.3
                options.sampling.presencePenalty = -0.2
                options.sampling.penaltyWindow = window
                options.sampling.logitBias = [7: 1, 9: -.infinity]
                options.maxTokens = 36
                options.minTokens = 20
                var plain = try Session(tiny)
                let expected = try plain.generate(from: TinyModels.prompt(tiny, 24), options)
                options.drafting = drafting
                var drafted = try Session(tiny)
                let found = try drafted.generate(from: TinyModels.prompt(tiny, 24), options)
                #expect(found.tokens == expected.tokens, "draft \(index), window \(window)")
                #expect(expected.tokens.count >= 20)
                if draft != nil { #expect(try #require(found.drafts).accepted > 0) }
            }
        }
    }
}
