import Foundation
import TestSupport
import Testing

/// `swiftlet chat` with tools and reasoning.
@Suite struct ChatToolTests {
    private static let tools = """
        [{"type": "function", "function": {"name": "clock", "parameters": {"type": "object", "properties": {
            "zone": {"enum": ["utc"]}}, "required": ["zone"], "additionalProperties": false}}}]
        """
    private static let template = """
        {{ tools|tojson }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ m.tool_calls|tojson if m.tool_calls }}
        {% endfor %}A:
        """

    private func run(_ arguments: [String], _ input: String) async throws -> CommandLineTool.Result {
        let folder = try TemporaryFolder()
        try Self.tools.write(toFile: folder.path("tools"), atomically: true, encoding: .utf8)
        try Self.template.write(toFile: folder.path("template"), atomically: true, encoding: .utf8)
        return try await CommandLineTool.run(
            [
                "chat", "--tools", folder.path("tools"), "--template", folder.path("template"), "--temperature", "0",
                "-n", "80",
            ]
                + arguments, input: Data(input.utf8))
    }

    @Test func `a call is printed, and its result goes back`() async throws {
        let result = try await run(["--tool-choice", "clock"], "What time is it?\n/tool 12:00\n")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "call clock {\"zone\":\"utc\"}\ncall clock {\"zone\":\"utc\"}\n")
        let none = try await run([], "/tool 12:00\n")
        #expect(none.status == 1 && none.errors.contains("no call that waits"))
    }

    private struct Transcript: Decodable {
        struct Message: Decodable {
            struct Call: Decodable {
                struct Function: Decodable {
                    let name, arguments: String
                }

                let id, type: String
                let function: Function
            }

            let role, content: String
            let reasoning: String?
            let tool_calls: [Call]?
            let tool_call_id: String?
        }

        let messages: [Message]
    }

    @Test func `a transcript has calls and their results`() async throws {
        let result = try await run(["--json", "--tool-choice", "clock"], "What time is it?\n/tool 12:00\n")
        let messages = try result.decoded(Transcript.self).messages
        #expect(messages.map(\.role) == ["user", "assistant", "tool", "assistant"])
        let call = try #require(messages[1].tool_calls?.first)
        #expect(
            call.type == "function" && call.function.name == "clock" && call.function.arguments == #"{"zone":"utc"}"#)
        #expect(messages[1].content.isEmpty && messages[2].tool_call_id == call.id)
    }

    @Test(arguments: [("show", "hm\nJa\n"), ("hide", "Ja\n"), ("none", "<think>hm</think>Ja\n")])
    func `reasoning is shown, hidden or left as it is`(how: String, text: String) async throws {
        let folder = try TemporaryFolder()
        try "root ::= \"<think>hm</think>Ja\"".write(toFile: folder.path("g"), atomically: true, encoding: .utf8)
        let result = try await CommandLineTool.run(
            "chat", "--once", "x", "--grammar", folder.path("g"), "--reasoning", how)
        #expect(result.text == text)
    }

    @Test func `a choice needs tools that have it`() async throws {
        let missing = try await CommandLineTool.run("chat", "--once", "x", "--tool-choice", "required")
        #expect(missing.status != 0 && missing.errors.contains("--tools"))
        let other = try await run(["--tool-choice", "other"], "x\n")
        #expect(other.status != 0 && other.errors.contains("use one of clock"))
    }
}
