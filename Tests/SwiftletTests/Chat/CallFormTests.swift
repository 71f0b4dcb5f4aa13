import Foundation
import Swiftlet
import TestSupport
import Testing

/// Messages with calls in the forms that templates read.
@Suite struct CallFormTests {
    private static let call = #"[{"type":"function","id":"abcd12345","function":{"name":"rain","arguments":%}}]"#

    private func prompt(
        _ template: String, arguments: String = #"{"place":"Zürich"}"#, _ content: String = ""
    ) throws -> String {
        var options = ChatOptions()
        options.template = template
        options.generation.maxTokens = 1
        var chat = try ChatSession(try Model(path: Fixtures.path("chat.gguf")), options)
        chat.messages = [
            ChatMessage(.user, "Rain?"),
            ChatMessage(
                .assistant, content, toolCalls: try ChatJSON(array: Self.call.replacing("%", with: arguments)),
                reasoning: "hm"),
            ChatMessage(.tool, "yes", name: "rain", toolCallID: "abcd12345"),
        ]
        let answer = try chat.answer()
        return chat.model.detokenize(Array(chat.heldTokens.prefix(answer.promptTokens)), renderSpecial: true)
    }

    @Test(arguments: [
        ("qwen3", #""arguments": {"place": "Zürich"}"#), ("llama31", #""parameters": {"place": "Zürich"}"#),
        ("mistral-v3", #""arguments": {"place": "Zürich"}, "id": "abcd12345""#),
        ("deepseek-r1", #"{"place": "Zürich"}"#),
        ("deepseek-v31", #"<｜tool▁sep｜>{"place":"Zürich"}<｜tool▁call▁end｜>"#),
        ("gpt-oss", #"<|message|>{"place": "Zürich"}<|call|>"#),
        ("gemma4", #"call:rain{place:<|"|>Zürich<|"|>}"#), ("granite3", #""arguments": {"place": "Zürich"}"#),
        ("glm4.5", "<arg_value>Zürich</arg_value>"), ("qwen3-coder", "<parameter=place>\nZürich\n</parameter>"),
        ("magistral", #"rain[ARGS]{"place": "Zürich"}"#), ("phi4-mini", #""arguments": {"place": "Zürich"}"#),
    ])
    func `arguments have the form that the template reads, given as an object or as text`(
        name: String, text: String
    ) throws {
        let source = try String(contentsOfFile: Fixtures.path("templates/\(name).jinja"), encoding: .utf8)
        let prompt = try prompt(source)
        #expect(prompt.contains(text), "\(prompt)")
        #expect(try self.prompt(source, arguments: #""{\"place\":\"Zürich\"}""#) == prompt)
        if ["qwen3", "glm4.5", "gpt-oss", "gemma4", "magistral"].contains(name) { #expect(prompt.contains("hm")) }
    }

    @Test func `content and reasoning beside a call become one, where the template refuses both`() throws {
        let source = try String(contentsOfFile: Fixtures.path("templates/gpt-oss.jinja"), encoding: .utf8)
        #expect(try prompt(source, "I look.").contains("<|channel|>analysis<|message|>hm\nI look.<|end|>"))
    }

    @Test func `results go into the message with the calls, where the template looks for them`() throws {
        let template = """
            {%- for m in messages %}{{ m.role }}:
            {%- for c in m.tool_calls or [] %}{{ c.function.name }}{{ c.function.arguments|tojson }}{% endfor %}
            {%- for r in m.tool_responses or [] %}<{{ r.name }}={{ r.response }}>{% endfor %}{% endfor %}
            """
        #expect(try prompt(template).hasSuffix(#"assistant:rain{"place": "Zürich"}<rain=yes>"#))
    }
}
