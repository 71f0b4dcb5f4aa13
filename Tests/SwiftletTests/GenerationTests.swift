import Foundation
import GGUF
import Swiftlet
import TestSupport
import Testing

@Suite struct GenerationTests {
    private let model: Model

    init() throws {
        model = try Model(path: Fixtures.path("chat.gguf"))
    }

    private func generate(
        _ prompt: String, _ change: (inout GenerationOptions) -> Void = { _ in },
        session options: SessionOptions = SessionOptions()
    ) throws -> Generation {
        var session = try Session(model, options)
        var generation = GenerationOptions()
        generation.sampling = .greedy
        generation.maxTokens = 24
        change(&generation)
        return try session.generate(from: model.tokenize(prompt), generation)
    }

    @Test func `the fixture answers and ends its text`() throws {
        let found = try generate("Q: What is the capital of France?\nA:") { $0.maxTokens = 60 }
        #expect(found.text.contains("Paris"))
        #expect(found.reason == .end)
    }

    @Test func `behind a token its grammar holds, as often as it comes, and nothing before`() throws {
        let mark = try #require(model.tokenize("Q", addSpecial: false).last)
        let grammar = try OutputGrammar(gbnf: #"root ::= "Paris""#)
        let found = try generate("Q: What is the capital of France?\nA:") {
            $0.sampling.logitBias[mark] = 1000
            $0.triggered = TriggeredGrammar(token: mark, grammar: grammar)
        }
        let text = model.detokenize([mark]) + "Paris"
        #expect(found.text.hasPrefix(text + text) && found.grammar == nil, "\(found.text)")
    }

    @Test func `tokens that the file suppresses are not generated`() throws {
        let folder = try TemporaryFolder()
        let first = try #require(try generate("Q: What is").tokens.first)
        let path = "\(folder.path)/copy.gguf"
        try ModelCopy.write(Fixtures.path("chat.gguf"), to: path) {
            $0.set("tokenizer.ggml.suppress_tokens", [first] as [Int32])
        }
        let copy = try Model(path: path)
        var session = try Session(copy)
        var options = GenerationOptions()
        options.sampling = .greedy
        options.maxTokens = 24
        let found = try session.generate(from: copy.tokenize("Q: What is"), options)
        #expect(!found.tokens.isEmpty && !found.tokens.contains(first))
    }

    @Test func `no more tokens than asked for`() throws {
        let found = try generate("Q: Hello!\nA:") {
            $0.maxTokens = 5
            $0.ignoresEnd = true
        }
        #expect(found.tokens.count == 5 && found.reason == .length)
        #expect(try generate("Q: Hello!\nA:") { $0.maxTokens = 0 }.tokens.isEmpty)
    }

    @Test func `a stop string ends the text and is not part of it`() throws {
        let whole = try generate("Q: What is the capital of France?\nA:").text
        let stop = try #require(whole.split(separator: " ").dropFirst().first)
        let found = try generate("Q: What is the capital of France?\nA:") { $0.stop = [String(stop)] }
        #expect(found.reason == .stop)
        #expect(whole.hasPrefix(found.text) && !found.text.contains(stop))
    }

    @Test func `an empty stop string is an error, before anything is taken in`() throws {
        let error = try #require(throws: SwiftletError.self) {
            _ = try generate("Q: Hello!\nA:") { $0.stop = ["a", ""] }
        }
        #expect(error.code == .invalidArgument && error.message.contains("stop string 2 of 2 is empty"))
        var options = ChatOptions()
        options.generation.stop = [""]
        var chat = try ChatSession(model, options)
        let refused = try #require(throws: SwiftletError.self) { _ = try chat.respond(to: "Hello!") }
        #expect(refused.code == .invalidArgument)
        #expect(chat.messages.isEmpty && chat.usedTokens == 0)
    }

    @Test func `the same seed gives the same text`() throws {
        func text(_ seed: UInt64) throws -> String {
            try generate("Q: Tell me a joke.\nA:") {
                $0.sampling = SamplingOptions()
                $0.sampling.temperature = 5
                $0.sampling.topK = 0
                $0.sampling.topP = 1
                $0.sampling.minP = 0
                $0.sampling.seed = seed
                $0.ignoresEnd = true
            }.text
        }
        #expect(try text(1) == text(1))
        #expect(try Set((1...5).map(text)).count > 1)
    }

    @Test func `the pieces that are streamed make up the text`() throws {
        var session = try Session(model)
        var pieces: [String] = []
        var options = GenerationOptions()
        options.maxTokens = 20
        options.sampling.seed = 3
        let found = try session.generate(from: model.tokenize("Q: Hi\nA:"), options) {
            pieces.append($0)
            return true
        }
        #expect(pieces.joined() == found.text && pieces.count > 1)
    }

    @Test func `the caller can stop`() throws {
        var session = try Session(model)
        var count = 0
        let found = try session.generate(from: model.tokenize("Q: Hi\nA:")) { _ in
            count += 1
            return count < 2
        }
        #expect(found.reason == .caller && count == 2)
    }

    @Test func `a prompt longer than the context is an error that gives the numbers`() throws {
        var options = SessionOptions()
        options.contextLength = 4
        let error = #expect(throws: SwiftletError.self) { try generate("Q: What is Swiftlet?\nA:", session: options) }
        #expect(error?.code == .contextFull)
        #expect(error?.message.contains("4 tokens") == true)
    }

    @Test func `a context that fills while generating is an error, and what came before was streamed`() throws {
        var options = SessionOptions()
        options.contextLength = 16
        var session = try Session(model, options)
        var text = ""
        var generation = GenerationOptions()
        generation.ignoresEnd = true
        generation.sampling = .greedy
        let error = #expect(throws: SwiftletError.self) {
            try session.generate(from: [1, 2, 3], generation) {
                text += $0
                return true
            }
        }
        #expect(error?.code == .contextFull)
        #expect(!text.isEmpty)
        #expect(session.position == 16)
    }

    @Test func `an empty prompt is an error`() throws {
        var session = try Session(model)
        let error = #expect(throws: SwiftletError.self) { try session.generate(from: []) }
        #expect(error?.code == .invalidArgument)
    }

    @Test(arguments: [-1, 1_000_000] as [Token])
    func `a token outside of the vocabulary is an error`(token: Token) throws {
        var session = try Session(model)
        let error = #expect(throws: SwiftletError.self) { try session.append([1, token]) }
        #expect(error?.code == .invalidArgument)
        #expect(session.position == 0)
    }

    @Test func `a cancelled step leaves the session as it was`() throws {
        var session = try Session(model)
        try session.append([1, 2, 3])
        session.cancellation.cancel()
        let error = #expect(throws: SwiftletError.self) { try session.append([4]) }
        #expect(error?.code == .cancelled)
        #expect(session.position == 3)
        try session.append([4])
        #expect(session.position == 4)
    }

    @Test func `a rewound session continues as a new one would`() throws {
        let model = try Model(path: Fixtures.path("models/llama-f32.gguf"))
        var session = try Session(model)
        try session.append([10, 20, 30, 40])
        session.rewind(to: 2)
        #expect(session.withLogits { $0.count } == nil)
        try session.append([50])
        var other = try Session(model)
        try other.append([10, 20, 50])
        #expect(Divergence.largestDifference(logits(session), logits(other)) < 1e-4)
    }

    @Test(arguments: [1, 2], [1, 5, 12, 18])
    func `neither threads nor chunks change a logit of a quantized prompt by a bit`(threads: Int, step: Int) throws {
        func logits(_ threads: Int, _ step: Int) throws -> [Float] {
            var options = SessionOptions()
            options.threads = threads
            options.stepTokens = step
            var session = try Session(model, options)
            try session.append((0..<36).map { Token($0 * 37 % 1200) })
            return self.logits(session)
        }
        let whole = try logits(1, 36)
        #expect(whole.count == model.vocabularySize)
        #expect(try logits(threads, step) == whole)
    }

    private func logits(_ session: borrowing Session) -> [Float] {
        session.withLogits { row in row.indices.map { row[$0] } } ?? []
    }

    @Test(
        arguments: [
            { (o: inout SessionOptions) in o.contextLength = 0 }, { $0.contextLength = -5 },
            { $0.contextLength = .max }, { $0.threads = -1 }, { $0.threads = 100_000 }, { $0.stepTokens = 0 },
            { $0.instructionSet = "mmx" },
        ] as [@Sendable (inout SessionOptions) -> Void])
    func `a session option out of its range is an error`(change: @Sendable (inout SessionOptions) -> Void) {
        var options = SessionOptions()
        change(&options)
        let error = #expect(throws: SwiftletError.self) { _ = try Session(model, options) }
        #expect(error?.code == .invalidArgument)
    }
}
