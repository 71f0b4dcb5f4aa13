import Foundation
import Swiftlet
import TestSupport
import Testing

/// Answers of a chat, told apart. A grammar makes the fixture write them.
@Suite struct ChatAnswerTests {
    private static let tools = #"[{"type": "function", "function": {"name": "weather"}}]"#
    /// Says what it is given.
    private static let template = """
        {%- if tools %}{{ tools|tojson }}{% endif %}
        {%- for m in messages %}{{ m.role }}: {{ m.reasoning_content }} {{ m.content }}
        {%- for c in m.tool_calls or [] %}<tool_call>{{ c.function.arguments|tojson }}{% endfor %}
        {% endfor %}A:
        """

    private func chat(_ text: String, tools: Bool = true) throws -> ChatSession {
        var options = ChatOptions()
        options.template = Self.template
        options.tools = tools ? try ChatJSON(array: Self.tools) : nil
        options.generation.sampling = .greedy
        let data = try JSONEncoder().encode(text)
        options.generation.grammar = try OutputGrammar(
            gbnf: "root ::= \(String(decoding: data, as: UTF8.self).replacing("\\/", with: "/"))")
        return try ChatSession(try Model(path: Fixtures.path("chat.gguf")), options)
    }

    private static let text =
        "<think>hm</think>Well. <tool_call>{\"name\": \"weather\", \"arguments\": {\"x\": 1}}</tool_call>"

    @Test func `reasoning and calls become parts of the message`() throws {
        var chat = try chat(Self.text)
        var events: [ChatEvent] = []
        let answer = try chat.answer(to: "Rain?") {
            events.append($0)
            return true
        }
        #expect(answer.text == Self.text)
        #expect(answer.content == "Well." && answer.reasoning == "hm")
        #expect(answer.toolCalls.map(\.name) == ["weather"] && answer.toolCalls.map(\.arguments) == [#"{"x":1}"#])
        #expect(events.last == answer.toolCalls.last.map { .toolCall($0) })
        let message = try #require(chat.messages.last)
        #expect(message.content == "Well." && message.reasoning == "hm")
        #expect(message.toolCalls?.toolCalls == answer.toolCalls)
        // The next prompt has them as the template wants them.
        chat.generation.grammar = nil
        chat.generation.maxTokens = 1
        chat.messages.append(ChatMessage(.tool, "sun", toolCallID: answer.toolCalls.first?.id))
        let next = try chat.answer()
        let prompt = chat.model.detokenize(Array(chat.heldTokens.prefix(next.promptTokens)), renderSpecial: true)
        #expect(prompt.contains("assistant: hm Well.<tool_call>{\"x\": 1}"))
    }

    @Test func `a chat gives events as an asynchronous sequence`() async throws {
        let chat = Chat(try chat(Self.text))
        var events: [ChatEvent] = []
        for try await event in chat.answer(to: "Rain?") { events.append(event) }
        guard case .toolCall(let call)? = events.last else {
            Issue.record("\(events)")
            return
        }
        #expect(call.name == "weather" && chat.messages.last?.toolCalls?.toolCalls == [call])
    }

    @Test func `an answer that the caller stops keeps no half call`() throws {
        var chat = try chat(Self.text)
        var pieces = ""
        let answer = try chat.respond(to: "Rain?") { text in
            pieces += text
            return !pieces.contains("argu")
        }
        #expect(answer.reason == .caller && answer.toolCalls.isEmpty)
        #expect(
            answer.content.hasPrefix("Well. <tool_call>{\"name\": \"weather\"")
                || answer.content.hasPrefix("Well.<tool_call>"))
        #expect(chat.messages.last?.toolCalls == nil)
    }

    @Test func `without tools a call is text`() throws {
        for choice in [ToolChoice.auto, .none] {
            var chat = try chat(Self.text, tools: choice == .none)
            chat.toolChoice = choice
            let answer = try chat.respond(to: "Rain?")
            #expect(answer.toolCalls.isEmpty && answer.content.contains("<tool_call>") && answer.reasoning == "hm")
            let prompt = chat.model.detokenize(Array(chat.heldTokens.prefix(answer.promptTokens)))
            #expect(!prompt.contains("weather"))
        }
    }

    @Test func `a saved conversation keeps its reasoning`() throws {
        let folder = try TemporaryFolder()
        var saved = try chat(Self.text)
        _ = try saved.respond(to: "Rain?")
        try saved.save(to: folder.path("chat"))
        var other = try chat(Self.text)
        try other.restore(from: folder.path("chat"))
        #expect(other.messages == saved.messages && other.messages.last?.reasoning == "hm")
    }
}
