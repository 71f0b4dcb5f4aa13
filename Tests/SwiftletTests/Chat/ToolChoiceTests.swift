import Foundation
import Swiftlet
import TestSupport
import Testing
import Tokenizers

/// Answers that have to be calls. What the grammar of each format allows, its parser reads.
@Suite struct ToolChoiceTests {
    private static let tools = """
        [{"type": "function", "function": {"name": "place", "parameters": {"type": "object", "properties": {
            "city": {"type": "string", "maxLength": 6}, "sizes": {"type": "array", "items": {"enum": [1, 2]}, "maxItems": 2},
            "n": {"$ref": "#/$defs/n"}}, "required": ["n"], "additionalProperties": false,
            "$defs": {"n": {"type": "integer", "minimum": 1, "maximum": 12}}}}},
         {"type": "function", "function": {"name": "clock", "parameters": {
            "type": "object", "properties": {}, "additionalProperties": false}}}]
        """

    /// Marks that tell the formats.
    static let formats = [
        "", "<tool_call></tool_call><function=", "<tool_call></tool_call><arg_key>", "<|tool_call|>", "<|tool|>",
        "[TOOL_CALLS]",
        "[TOOL_CALLS][ARGS]",
        "<|python_tag|>", "<｜tool▁calls▁begin｜>```json", "<｜tool▁calls▁begin｜>",
        "<｜DSML｜function_calls></｜DSML｜function_calls>",
        "<|tool_calls_section_begin|>", "<|tool_call><tool_call|>", "<start_function_call><end_function_call>",
        "<|START_ACTION|><|END_ACTION|>", "<|tool_call_start|><|tool_call_end|>",
        "<minimax:tool_call></minimax:tool_call>",
        "<|channel|><|message|>", "<TOOLCALL></TOOLCALL>",
    ]

    private func chat(_ marks: String, _ choice: ToolChoice) throws -> ChatSession {
        var options = ChatOptions()
        // Marks that are not shown.
        options.template = "{# \(marks) #}{% if tools %}Q{% endif %}: {{ messages[0].content }} A:"
        options.tools = try ChatJSON(array: Self.tools)
        options.toolChoice = choice
        options.generation.maxTokens = 300
        options.generation.sampling.temperature = 1.5
        return try ChatSession(try Model(path: Fixtures.path("chat.gguf")), options)
    }

    @Test(arguments: formats) func `a required call is one that the tools have`(marks: String) throws {
        for seed in 1...3 {
            var chat = try chat(marks, .required)
            chat.generation.sampling.seed = UInt64(seed)
            let answer = try chat.respond(to: "Which place?")
            // The values of Gemma's forms are free, and may take longer than there is room.
            guard answer.grammar == .complete || !Self.isFree(marks) else { continue }
            #expect(answer.grammar == .complete, "\(answer.text)")
            #expect(!answer.toolCalls.isEmpty && answer.content.isEmpty, "\(answer.text)")
            for call in answer.toolCalls {
                #expect(["place", "clock"].contains(call.name))
                if call.name == "place", !Self.isFree(marks) { try check(call, answer.text) }
            }
        }
    }

    /// Whether the grammar of a format knows the form of arguments, but not their schema.
    private static func isFree(_ marks: String) -> Bool {
        marks.hasPrefix("<|tool_call><") || marks.hasPrefix("<start_function")
    }

    private func check(_ call: ToolCall, _ text: String) throws {
        let arguments = try JSONSerialization.jsonObject(with: Data(call.arguments.utf8)) as? [String: Any]
        let number = try #require(arguments?["n"] as? Int, "\(call.arguments) of \(text)")
        #expect((1...12).contains(number) && Set(arguments?.keys ?? [:].keys).isSubset(of: ["city", "sizes", "n"]))
    }

    @Test(arguments: formats) func `a call of a name is one call of that tool`(marks: String) throws {
        var chat = try chat(marks, .function("clock"))
        chat.generation.sampling.seed = 5
        let answer = try chat.respond(to: "Which place?")
        #expect(answer.toolCalls.map(\.name) == ["clock"], "\(answer.text)")
    }

    /// A model that would end each call at once, if it could.
    @Test(arguments: formats) func `arguments that are required cannot be left out`(marks: String) throws {
        var chat = try chat(marks, .function("place"))
        for token in 0..<chat.session.model.vocabularySize {
            let first = chat.session.model.tokenizer.decode([Token(token)]).first
            if let first, ")}<]".utf8.contains(first) { chat.generation.sampling.logitBias[Token(token)] = 100 }
        }
        let answer = try chat.respond(to: "Which place?")
        guard !Self.isFree(marks) else { return }
        #expect(answer.toolCalls.count == 1, "\(answer.text)")
        for call in answer.toolCalls { try check(call, answer.text) }
    }

    @Test func `what cannot be required is an error`() throws {
        func code(_ change: (inout ChatSession) throws -> Void) throws -> SwiftletError.Code? {
            var chat = try chat("", .required)
            try change(&chat)
            do {
                _ = try chat.respond(to: "x")
            } catch {
                #expect(chat.messages.isEmpty)
                return error.code
            }
            return nil
        }
        #expect(try code { $0.tools = nil } == .invalidArgument)
        #expect(try code { $0.toolChoice = .function("nope") } == .invalidArgument)
        #expect(try code { $0.generation.grammar = try OutputGrammar(gbnf: "root ::= \"a\"") } == .invalidArgument)
        #expect(try code { $0.generation.drafting = .lookup() } == .invalidArgument)
        let schema = """
            [{"function": {"name": "f", "parameters": {
                "type": "object", "properties": {"a": {"$ref": "b.json"}}}}}]
            """
        #expect(try code { $0.tools = try ChatJSON(array: schema) } == .invalidArgument)
    }
}
