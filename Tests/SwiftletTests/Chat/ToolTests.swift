import Foundation
import Swiftlet
import TestSupport
import Testing

/// Templates with tools, their calls and their results.
@Suite struct ToolTests {
    private static let tools =
        #"[{"type":"function","function":{"name":"weather","parameters":{"z":1,"a":[true,null,1.5]}}}]"#
    private static let template = """
        {%- if tools %}{{ tools|tojson }}
        {% endif %}
        {%- for m in messages %}{{ m.role }}: {{ m.content }}
        {%- if m.tool_calls %}{% for c in m.tool_calls %}<{{ c.function.name }}({{ c.function.arguments|tojson }})>
        {%- endfor %}{% endif %}{% if m.role == 'tool' %} of {{ m.name }}, {{ m.tool_call_id }}{% endif %}
        {% endfor %}A:
        """

    private func chat(_ change: (inout ChatOptions) -> Void) throws -> ChatSession {
        var options = ChatOptions()
        options.template = Self.template
        options.generation.sampling = .greedy
        options.generation.maxTokens = 1
        change(&options)
        return try ChatSession(try Model(path: Fixtures.path("chat.gguf")), options)
    }

    private func addTurn(to chat: inout ChatSession) throws {
        let calls = try ChatJSON(array: #"[{"function":{"name":"weather","arguments":{"city":"Paris"}}}]"#)
        chat.messages = [
            ChatMessage(.user, "Rain?"), ChatMessage(.assistant, "", toolCalls: calls),
            ChatMessage(.tool, "<|endoftext|>sun", name: "weather", toolCallID: "c1"),
        ]
    }

    @Test func `a turn with tools is what the template makes of it`() throws {
        var chat = try chat { $0.tools = try? ChatJSON(array: Self.tools) }
        try addTurn(to: &chat)
        let answer = try chat.answer()
        let prompt = chat.model.detokenize(Array(chat.heldTokens.prefix(answer.promptTokens)), renderSpecial: true)
        #expect(
            prompt == """
                [{"type": "function", "function": {"name": "weather", "parameters": {"z": 1, "a": [true, null, 1.5]}}}]
                user: Rain?assistant: <weather({"city": "Paris"})>tool: <|endoftext|>sun of weather, c1A:
                """)
        let end = try #require(chat.model.tokenize("<|endoftext|>", addSpecial: false, parseSpecial: true).first)
        #expect(!chat.heldTokens.prefix(answer.promptTokens).contains(end))
    }

    @Test func `a saved conversation keeps its calls`() throws {
        let folder = try TemporaryFolder()
        var saved = try chat { _ in }
        try addTurn(to: &saved)
        _ = try saved.answer()
        try saved.save(to: folder.path("chat"))
        var other = try chat { _ in }
        try other.restore(from: folder.path("chat"))
        #expect(other.messages == saved.messages && other.heldTokens == saved.heldTokens)
    }

    @Test func `a template without tools refuses them`() throws {
        var chat = try chat {
            $0.template = nil
            $0.tools = try? ChatJSON(array: Self.tools)
        }
        let error = #expect(throws: SwiftletError.self) { _ = try chat.respond(to: "Hello!") }
        #expect(error?.code == .invalidArgument && error?.message.contains("no place for tools") == true)
        chat.tools = nil
        #expect(try chat.respond(to: "Hello!").answerTokens == 1)
    }

    @Test(arguments: ["", "{}", "[1,]", "[", "nonsense"]) func `what is no array is an error`(text: String) {
        let error = #expect(throws: SwiftletError.self) { try ChatJSON(array: text) }
        #expect(error?.code == .invalidArgument && error?.message.contains("byte") == true)
    }
}
