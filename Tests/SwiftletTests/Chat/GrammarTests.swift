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
        #expect(found.reason == .grammar && found.grammar == .complete)
    }

    /// The shortest text has more bytes than there may be tokens, and the vocabulary has tokens of several bytes.
    @Test(arguments: 0..<12) func `a text is led to its end by tokens`(seed: Int) throws {
        let model = try Model(path: Fixtures.path("chat.gguf"))
        let grammar = try OutputGrammar(
            gbnf: #"root ::= "How do I compute embeddings" (" " [a-z]+)* "? Use the command swiftlet embed.""#)
        let shortest = "How do I compute embeddings? Use the command swiftlet embed."
        let most = 30
        #expect(model.tokenize(shortest, addSpecial: false).count < most && shortest.utf8.count > most + 20)
        let found = try generate(grammar, seed: UInt64(seed), maxTokens: most, model: model)
        #expect(found.grammar == .complete && found.tokens.count <= most)
        #expect(found.text.hasPrefix("How do I compute embeddings") && found.text.hasSuffix("swiftlet embed."))
    }

    @Test func `a text that cannot end in time says how many tokens it needs`() throws {
        let model = try Model(path: Fixtures.path("chat.gguf"))
        let shortest = "How do I compute embeddings?"
        let grammar = try OutputGrammar(gbnf: "root ::= \"\(shortest)\" [a-z]*")
        let found = try generate(grammar, seed: 1, maxTokens: 2, model: model)
        #expect(found.reason == .length && found.tokens.count == 2)
        guard case .unfinished(let needed?) = found.grammar else {
            Issue.record("\(String(describing: found.grammar))")
            return
        }
        #expect((3...model.tokenize(shortest, addSpecial: false).count).contains(needed))
        let enough = try generate(grammar, seed: 1, maxTokens: needed, model: model)
        #expect(enough.grammar == .complete && enough.text == shortest)
        let fewer = try generate(grammar, seed: 1, maxTokens: needed - 1, model: model)
        #expect(fewer.grammar == .unfinished(neededTokens: needed))
        let endless = try OutputGrammar(gbnf: "root ::= \"\(String(repeating: "0123456789", count: 1000))\"")
        guard case .unfinished(let many?) = try generate(endless, seed: 1, maxTokens: 2, model: model).grammar else {
            Issue.record("a text of 10,000 digits is whole after 2 tokens")
            return
        }
        #expect(many > 256)
    }

    @Test func `a stop string leaves a text unfinished`() throws {
        var session = try Session(try Model(path: Fixtures.path("chat.gguf")))
        var options = GenerationOptions()
        options.grammar = try OutputGrammar(gbnf: #"root ::= "a" "b" "c""#)
        options.stop = ["b"]
        let found = try session.generate(from: [10], options)
        #expect(found.reason == .stop && found.text == "a" && found.grammar == .unfinished(neededTokens: nil))
        // The grammar has come to its end, and the text has not; then the other way about.
        options.grammar = try OutputGrammar(gbnf: #"root ::= "a" "b""#)
        #expect(try session.generate(from: [10], options).grammar == .unfinished(neededTokens: nil))
        options.grammar = try OutputGrammar(gbnf: #"root ::= "a" "b"?"#)
        options.ignoresEnd = true
        #expect(try session.generate(from: [10], options).grammar == .complete)
        options.grammar = nil
        options.maxTokens = 1
        #expect(try session.generate(from: [10], options).grammar == nil)
    }

    @Test func `an invalid grammar, or one with drafting, is an error`() throws {
        #expect(throws: SwiftletError.self) { try OutputGrammar(gbnf: "root ::= root") }
        #expect(throws: SwiftletError.self) { try OutputGrammar(jsonSchema: "{") }
        var session = try Session(try Model(path: Fixtures.path("chat.gguf")))
        var options = GenerationOptions()
        options.grammar = try OutputGrammar(gbnf: "root ::= \"a\"")
        options.drafting = .lookup()
        #expect(throws: SwiftletError.self) { _ = try session.generate(from: [1], options) }
    }
}
