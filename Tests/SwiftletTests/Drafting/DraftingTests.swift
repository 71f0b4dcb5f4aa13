import Swiftlet
import TestSupport
import Testing

/// With temperature 0 drafting changes nothing but the time.
@Suite struct DraftingTests {
    /// A pair of models with the same vocabulary.
    struct Pair: Sendable, CustomTestStringConvertible {
        let target: String
        let draft: String

        var testDescription: String { "\(draft) for \(target)" }
    }

    static let pairs = TinyModels.names.map { name in
        let others = TinyModels.names.filter { $0 != name && $0.prefix(4) == name.prefix(4) }
        return Pair(target: name, draft: others.first { !$0.contains("f32") } ?? others.first ?? name)
    }

    private func expectSame(
        _ model: Model, _ prompt: [Token], _ drafting: Drafting, session options: SessionOptions = SessionOptions(),
        _ change: (inout GenerationOptions) -> Void
    ) throws {
        var generation = GenerationOptions()
        generation.sampling = .greedy
        change(&generation)
        var plain = try Session(model, options)
        let expected = try plain.generate(from: prompt, generation)
        generation.drafting = drafting
        var drafted = try Session(model, options)
        let found = try drafted.generate(from: prompt, generation)
        #expect(found.tokens == expected.tokens && found.text == expected.text && found.reason == expected.reason)
        #expect(drafted.position == plain.position && drafted.tokens == plain.tokens)
        #expect(drafted.logitBits == plain.logitBits)
        let statistics = try #require(found.drafts)
        #expect(expected.drafts == nil)
        #expect(statistics.accepted <= statistics.drafted)
        #expect(statistics.steps + statistics.accepted >= found.tokens.count - 1)
        #expect(statistics.steps <= max(0, found.tokens.count))
    }

    private func draftings(_ pair: Pair) throws -> [Drafting] {
        let draft = try TinyModels.open(pair.draft)
        return [
            .lookup(), .lookup(maxTokens: 20, matching: 1...4), .lookup(maxTokens: 8, matching: 1...1), .model(draft),
            .model(try TinyModels.open(pair.target), maxTokens: 12), .model(draft, maxTokens: 1),
        ]
    }

    @Test(arguments: TinyModels.recurrent) func `a model whose state cannot go back is not drafted for`(
        name: String
    ) throws {
        let model = try TinyModels.open(name)
        var options = GenerationOptions()
        options.drafting = .lookup()
        var session = try Session(model)
        let error = #expect(throws: SwiftletError.self) {
            _ = try session.generate(from: TinyModels.prompt(model, 9), options)
        }
        #expect(error?.code == .invalidArgument && error?.message.contains("replaces the state of this model") == true)
    }

    @Test(arguments: pairs) func `the text is bit-identical`(pair: Pair) throws {
        let model = try TinyModels.open(pair.target)
        for (index, drafting) in try draftings(pair).enumerated() {
            var options = SessionOptions()
            options.threads = 1 + index % 2
            options.instructionSet = InstructionSets.runnable[index % InstructionSets.runnable.count]
            if index == 1 { options.stepTokens = 4 }
            try expectSame(model, TinyModels.prompt(model, 30), drafting, session: options) {
                $0.maxTokens = 34
                $0.ignoresEnd = true
            }
        }
    }

    @Test(arguments: [0, 1, 2, 3, 6, 11]) func `a limit ends the text in the middle of a draft`(count: Int) throws {
        let pair = Pair(target: "llama-q8_0.gguf", draft: "llama-q4_0.gguf")
        let model = try TinyModels.open(pair.target)
        for drafting in try draftings(pair) {
            try expectSame(model, TinyModels.prompt(model, 24), drafting) {
                $0.maxTokens = count
                $0.ignoresEnd = true
            }
        }
    }

    @Test func `a trained model's text, its end and its stop strings are the same`() throws {
        let model = try Model(path: Fixtures.path("chat.gguf"))
        let prompt = model.tokenize("Q: What is the capital of France?\nA:")
        var session = try Session(model)
        var options = GenerationOptions()
        options.sampling = .greedy
        let whole = try session.generate(from: prompt, options)
        #expect(whole.reason == .end)
        for drafting in [Drafting.model(model, maxTokens: 9), .model(model), .lookup(maxTokens: 5, matching: 1...3)] {
            try expectSame(model, prompt, drafting) { _ in }
            for offset in stride(from: 1, to: whole.text.count - 3, by: 9) {
                let stop = String(whole.text.dropFirst(offset).prefix(3))
                try expectSame(model, prompt, drafting) { $0.stop = [stop] }
            }
            try expectSame(model, prompt, drafting) {
                $0.maxTokens = 100; $0.ignoresEnd = true
            }
        }
    }

    @Test func `drafting pays where the text repeats itself`() throws {
        let model = try Model(path: Fixtures.path("chat.gguf"))
        var session = try Session(model)
        var options = GenerationOptions()
        options.sampling = .greedy
        options.maxTokens = 60
        options.ignoresEnd = true
        options.drafting = .model(model)
        let found = try session.generate(from: model.tokenize("Q: What is Swiftlet?\nA:"), options)
        let statistics = try #require(found.drafts)
        #expect(statistics.acceptanceRate > 0.9 && statistics.tokensPerStep > 3)
        #expect(statistics.verifications <= statistics.steps)
    }

    @Test func `a context that fills ends drafted text as it ends plain text`() throws {
        let model = try TinyModels.open("llama-f32.gguf")
        for drafting in [nil, Drafting.lookup(matching: 1...4), .model(model, maxTokens: 8)] {
            var options = SessionOptions()
            options.contextLength = 40
            var session = try Session(model, options)
            var generation = GenerationOptions()
            generation.sampling = .greedy
            generation.ignoresEnd = true
            generation.drafting = drafting
            let error = #expect(throws: SwiftletError.self) {
                try session.generate(from: TinyModels.prompt(model, 24), generation)
            }
            #expect(error?.code == .contextFull && error?.message.contains("after 17 generated tokens") == true)
            #expect(session.position == 40)
        }
    }

    @Test func `a session's next text drafts from all that it holds`() throws {
        let model = try TinyModels.open("llama-f32.gguf")
        let draft = try TinyModels.open("llama-q8_0.gguf")
        for drafting in [Drafting.lookup(), .model(draft)] {
            var plain = try Session(model)
            var drafted = try Session(model)
            for turn in 0..<4 {
                var options = GenerationOptions()
                options.sampling = .greedy
                options.maxTokens = 9
                options.ignoresEnd = true
                let prompt = TinyModels.prompt(model, 5 + turn)
                let expected = try plain.generate(from: prompt, options)
                options.drafting = drafting
                #expect(try drafted.generate(from: prompt, options).tokens == expected.tokens)
                plain.rewind(to: plain.position - turn)
                drafted.rewind(to: drafted.position - turn)
            }
            #expect(drafted.tokens == plain.tokens)
        }
    }

    @Test func `a lookup leaves a seed's text as it is`() throws {
        let model = try TinyModels.open("llama-f32.gguf")
        var texts: [[Token]] = []
        for drafting in [nil, Drafting.lookup(maxTokens: 6, matching: 1...4)] {
            var session = try Session(model)
            var options = GenerationOptions()
            options.sampling.seed = 11
            options.sampling.topK = 3
            options.maxTokens = 40
            options.ignoresEnd = true
            options.drafting = drafting
            let found = try session.generate(from: TinyModels.prompt(model, 24), options)
            texts.append(found.tokens)
            if drafting != nil { #expect(try #require(found.drafts).drafted > 0) }
        }
        #expect(texts[0] == texts[1])
    }

    @Test func `a draft model with another vocabulary is an error that says what differs`() throws {
        let model = try TinyModels.open("llama-f32.gguf")
        var session = try Session(model)
        var options = GenerationOptions()
        options.drafting = .model(try TinyModels.open("qwen2-f32.gguf"))
        let error = #expect(throws: SwiftletError.self) { try session.generate(from: [1, 2], options) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("qwen2-f32.gguf cannot draft for") == true)
        #expect(error?.message.contains("use a draft model with the same vocabulary") == true)
        #expect(session.position == 0)
        let chat = Drafting.model(try Model(path: Fixtures.path("chat.gguf")))
        #expect(throws: SwiftletError.self) { try chat.validate(for: model) }
        try chat.validate(for: Model(path: Fixtures.path("chat.gguf")))
    }

    @Test(arguments: [
        Drafting.lookup(maxTokens: 0), .lookup(maxTokens: 65), .lookup(matching: 0...3), .lookup(matching: 2...5),
    ])
    func `a number out of its range is an error`(drafting: Drafting) throws {
        let model = try TinyModels.open("llama-f32.gguf")
        var session = try Session(model)
        var options = GenerationOptions()
        options.drafting = drafting
        let error = #expect(throws: SwiftletError.self) { try session.generate(from: [1, 2], options) }
        #expect(error?.code == .invalidArgument)
    }
}
