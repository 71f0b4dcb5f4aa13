import Foundation
import Swiftlet
import TestSupport
import Testing

/// Answers as the families write them, in pieces of all kinds.
@Suite struct ChatParserTests {
    private enum Part: Hashable {
        case content(String)
        case reasoning(String)
        case call(_ name: String, _ arguments: String)
    }

    /// One of `Fixtures/answers`.
    struct Answer: Decodable, CustomTestStringConvertible {
        struct Part: Decodable {
            var content, reasoning, call, arguments: String?
        }

        let family: String
        let marks: String
        let text: String
        let parts: [Part]
        let open: Bool?
        let tools: Bool?

        var testDescription: String { "\(family): \(text)" }
    }

    static let answers: [Answer] = {
        let data = FileManager.default.contents(atPath: Fixtures.path("answers/answers.json")) ?? Data()
        return (try? JSONDecoder().decode([Answer].self, from: data)) ?? []
    }()

    private static let tools = """
        [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {
          "x": {"type": "integer"}, "s": {"type": "string"}, "l": {"type": "array"}}}}},
         {"type": "function", "function": {"name": "g"}}]
        """

    @Test func `there are answers of all families`() { #expect(Set(Self.answers.map(\.family)).count >= 14) }

    @Test(arguments: answers) func `an answer means the same however it is cut`(answer: Answer) throws {
        let bytes = Array(answer.text.utf8)
        var random = SeededRandom(seed: 7)
        var cuts = [[], Array(1..<bytes.count)] + (1..<bytes.count).map { [$0] }
        for _ in 0..<20 { cuts.append((0..<5).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()) }
        let expected = answer.parts.map { part in
            part.content.map { Part.content($0) } ?? part.reasoning.map { .reasoning($0) }
                ?? .call(part.call ?? "", part.arguments ?? "")
        }
        for cut in cuts {
            let found = try Self.parts(of: answer, cut)
            #expect(found == expected, "cut at \(cut)")
        }
    }

    private static func parts(of answer: Answer, _ cuts: [Int]) throws -> [Part] {
        let format = ChatFormat(template: answer.marks) { _ in nil }
        var parser = ChatParser(
            format, tools: answer.tools == false ? nil : try ChatJSON(array: tools),
            startsInReasoning: answer.open ?? false)
        let bytes = Array(answer.text.utf8)
        var events: [ChatEvent] = []
        var start = 0
        for end in cuts + [bytes.count] {
            events += parser.append(Array(bytes[start..<end]))
            start = end
        }
        events += parser.finish()
        return events.reduce(into: []) { parts, event in
            switch (event, parts.last) {
            case (.content(let text), .content(let before)): parts[parts.count - 1] = .content(before + text)
            case (.reasoning(let text), .reasoning(let before)): parts[parts.count - 1] = .reasoning(before + text)
            case (.content(let text), _): parts.append(.content(text))
            case (.reasoning(let text), _): parts.append(.reasoning(text))
            case (.toolCall(let call), _): parts.append(.call(call.name, call.arguments))
            }
        }
    }

    @Test func `content comes as soon as it cannot be a mark`() throws {
        var parser = ChatParser(ChatFormat(template: "") { _ in nil }, tools: try ChatJSON(array: Self.tools))
        #expect(parser.append("Hello <") == [.content("Hello")])
        #expect(parser.append("b> <tool") == [.content(" <b>")])
        #expect(parser.append("_call>{\"name\": \"g\"}</tool_call") == [])
        let events = parser.append(">")
        guard case .toolCall(let call)? = events.first, events.count == 1 else {
            Issue.record("\(events)")
            return
        }
        #expect(call.name == "g" && call.arguments == "{}" && call.id.count == 9)
        #expect(parser.finish() == [])
    }

    @Test func `an answer in JSON is not held back longer than needed`() throws {
        var parser = ChatParser(ChatFormat(template: "") { _ in nil }, tools: try ChatJSON(array: Self.tools))
        #expect(parser.append("{\"na") == [])
        #expect(parser.append("tion\": 1") == [.content("{\"nation\": 1")])
    }

    @Test func `identifiers are the model's where it writes them`() throws {
        let format = ChatFormat(template: "[TOOL_CALLS]") { _ in nil }
        var parser = ChatParser(format, tools: try ChatJSON(array: Self.tools))
        let text = #"[TOOL_CALLS][{"name": "f", "arguments": {}, "id": "abc123xyz"}]"#
        let events = parser.append(text) + parser.finish()
        guard case .toolCall(let call)? = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(call.id == "abc123xyz")
        let json = ChatJSON([call])
        #expect(
            json.text
                == #"[{"type":"function","id":"abc123xyz","function":{"name":"f","arguments":{}}}]"#)
        #expect(json.toolCalls == [call])
    }

    @Test(arguments: ["", "[]", "{", "1"]) func `arguments that are no object are an error`(text: String) {
        let error = #expect(throws: SwiftletError.self) { try ToolCall(name: "f", arguments: text) }
        #expect(error?.code == .invalidArgument && error?.message.contains("f") == true)
    }
}
