import GGUF
import Swiftlet
import TestSupport
import Testing

/// Beam search with tiny random-weight decoders against transformers in float64 (`Fixtures/golden/make_beams.py`).
@Suite struct BeamTests {
    struct List: Decodable {
        struct Generation: Decodable, CustomTestStringConvertible {
            let file: String
            /// What ends a text.
            let end: Int32
            let options: TextToTextTests.List.Parameters
            let results: [[TextToTextTests.List.Generation.Result]]

            var testDescription: String { "\(file), \(options)" }
        }

        let prompts: [[Token]]
        let maxTokens: Int
        let generation: [Generation]
    }

    static let list = try? decode(List.self, Fixtures.path("golden/beams.json"))

    @Test(arguments: list?.generation ?? []) func `continuations and scores are those of transformers`(
        test: List.Generation
    ) throws {
        let list = try #require(Self.list)
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/copy.gguf"
        let source = Fixtures.path("models/\(test.file)")
        // The vocabulary's own end is a token as any other.
        let tokens = try GGUFFile(path: source).metadata.strings("tokenizer.ggml.tokens")
        try ModelCopy.write(source, to: path) {
            $0.set("tokenizer.ggml.eos_token_id", UInt32(test.end))
            $0.set("tokenizer.ggml.tokens", tokens.map { $0 == "<|endoftext|>" ? "<end>" : $0 })
        }
        let options = test.options.options(maxTokens: list.maxTokens)
        var session = try BeamSession(Model(path: path), Variant(threads: 2).options, beams: options.beams)
        for (prompt, expected) in zip(list.prompts, test.results) {
            let found = try session.generate(from: prompt, options)
            #expect(found.map(\.tokens) == expected.map(\.ids), "\(prompt)")
            for (result, exact) in zip(found, expected) {
                #expect(abs(result.score - (exact.score ?? .nan)) <= 1e-4 * max(1, abs(result.score)))
            }
        }
    }

    @Test func `one beam is greedy generation, and a long prompt goes in by steps`() throws {
        let model = try Model(path: Fixtures.path("models/llama-f32.gguf"))
        let prompt = (0..<40).map { Token(5 + 7 * $0 % 200) }
        var options = BeamOptions()
        options.maxTokens = 12
        var session = try BeamSession(model, Variant(stepTokens: 7).options, beams: 1)
        let found = try session.generate(from: prompt, options)
        let plain = try greedy(model, prompt, count: 12, Variant())
        #expect(found.map(\.tokens) == [plain.tokens])
        #expect(try session.generate(from: prompt, options) == found)
    }

    @Test func `what does not fit is an error`() throws {
        let model = try Model(path: Fixtures.path("models/llama-f32.gguf"))
        var session = try BeamSession(model, beams: 2)
        var options = BeamOptions()
        func message(_ prompt: [Token]) -> String? {
            #expect(throws: SwiftletError.self) { _ = try session.generate(from: prompt, options) }?.message
        }
        #expect(message([])?.contains("the prompt has no tokens") == true)
        #expect(message([288])?.contains("there is no token 288") == true)
        #expect(message([Token](repeating: 5, count: 66))?.contains("the context holds 64") == true)
        options.beams = 3
        #expect(message([5])?.contains("3 beams need a session of as many") == true)
        #expect(throws: SwiftletError.self) { _ = try BeamSession(model, beams: 0) }
        let other = try Model(path: Fixtures.path("models/t5-f32.gguf"))
        let kind = #expect(throws: SwiftletError.self) { _ = try BeamSession(other, beams: 2) }
        #expect(kind?.message.contains("turns a text into another") == true)
    }
}
