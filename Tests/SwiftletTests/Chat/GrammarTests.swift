import Foundation
import Swiftlet
import TestSupport
import Testing

/// Text that keeps to a grammar, from models whose weights are random: they would never do so by themselves.
@Suite struct GrammarTests {
    private func generate(
        _ grammar: OutputGrammar, seed: UInt64, maxTokens: Int, model: Model
    ) throws -> Generation {
        var session = try Session(model)
        var options = GenerationOptions()
        options.grammar = grammar
        options.maxTokens = maxTokens
        options.sampling.temperature = 2
        options.sampling.seed = seed
        return try session.generate(from: [10, 20], options)
    }

    @Test(arguments: 0..<30) func `JSON parses and is what its schema says, however few tokens there are`(
        seed: Int
    ) throws {
        let model = try Model(path: Fixtures.path("models/gpt2-f32.gguf"))
        let schema = """
            {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9},
             "s": {"type": "string", "maxLength": 5}, "l": {"type": "array", "items": {"type": "boolean"}, "maxItems": 3}},
             "required": ["n"]}
            """
        let grammar = try OutputGrammar(jsonSchema: schema)
        let found = try generate(grammar, seed: UInt64(seed), maxTokens: 20 + seed, model: model)
        let value = try #require(
            try JSONSerialization.jsonObject(with: Data(found.text.utf8)) as? [String: Any], "\(found.text)")
        let number = try #require(value["n"] as? Int)
        #expect((0...9).contains(number))
        #expect(((value["s"] as? String) ?? "").unicodeScalars.count <= 5)
        #expect(((value["l"] as? [Bool]) ?? []).count <= 3)
        #expect(Set(value.keys).isSubset(of: ["n", "s", "l"]))
    }

    @Test func `white space in JSON is as printers write it, or any`() throws {
        let model = try Model(path: Fixtures.path("models/gpt2-f32.gguf"))
        let schema = #"{"type": "array", "items": {"type": "boolean"}, "minItems": 3}"#
        func spacedCommas(_ whitespace: OutputGrammar.Whitespace) throws -> Int {
            let grammar = try OutputGrammar(jsonSchema: schema, whitespace: whitespace)
            return try (UInt64(1)...20).count { seed in
                let text = try generate(grammar, seed: seed, maxTokens: 60, model: model).text
                _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
                return text.contains(/[ \t\r\n],/)
            }
        }
        #expect(try spacedCommas(.printed) == 0)
        #expect(try spacedCommas(.any) > 0)
    }

    @Test func `a text of one form ends by itself`() throws {
        let model = try Model(path: Fixtures.path("chat.gguf"))
        let found = try generate(
            try OutputGrammar(gbnf: "root ::= \"yes\" | \"no\""), seed: 1, maxTokens: 40, model: model)
        #expect(["yes", "no"].contains(found.text))
        #expect(found.reason == .end)
    }

    @Test func `a grammar that is none, or one beside drafting, is an error`() throws {
        #expect(throws: SwiftletError.self) { try OutputGrammar(gbnf: "root ::= root") }
        #expect(throws: SwiftletError.self) { try OutputGrammar(jsonSchema: "{") }
        var session = try Session(try Model(path: Fixtures.path("chat.gguf")))
        var options = GenerationOptions()
        options.grammar = try OutputGrammar(gbnf: "root ::= \"a\"")
        options.drafting = .lookup()
        #expect(throws: SwiftletError.self) { _ = try session.generate(from: [1], options) }
    }
}
