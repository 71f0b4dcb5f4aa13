import CSwiftlet
import Foundation
import TestSupport
import Testing

/// What a callback got.
private final class Events {
    var found: [(kind: Int, text: String, name: String?, id: String?)] = []

    static let callback: swiftlet_on_event = { user, event in
        guard let user = user, let event = event?.pointee, let text = event.text else { return Int32(SWIFTLET_STOP) }
        let events = Unmanaged<Events>.fromOpaque(user).takeUnretainedValue()
        let piece = String(cString: text)
        guard piece.utf8.count == Int(event.size), event.struct_size == size(of: swiftlet_chat_event.self) else {
            return Int32(SWIFTLET_STOP)
        }
        events.found.append(
            (Int(event.kind), piece, event.name.map { String(cString: $0) }, event.id.map { String(cString: $0) }))
        return Int32(SWIFTLET_CONTINUE)
    }
}

/// Answers told apart, through the header.
@Suite struct `C: events of chats` {
    private let chat: Owned

    init() throws {
        let model = try Owned.fixture("chat.gguf")
        let template = "{{ tools|tojson }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}A:"
        chat = try Owned(swiftlet_chat_release) { out, error in
            template.withCString { template in
                #"[{"function": {"name": "f"}}]"#.withCString { tools in
                    "auto".withCString { choice in
                        var options = swiftlet_chat_options()
                        options.struct_size = size(of: swiftlet_chat_options.self)
                        options.chat_template = template
                        options.tools = tools
                        options.tool_choice = choice
                        return swiftlet_chat_open(model.raw, &options, out, error)
                    }
                }
            }
        }
    }

    @Test func `reasoning and calls come apart, and stay in the message`() throws {
        let answer = "<think>hm</think>Ja <tool_call>{\"name\": \"f\", \"arguments\": {\"x\": 1}}</tool_call>"
        let grammar =
            "root ::= "
            + String(decoding: try JSONEncoder().encode(answer), as: UTF8.self)
            .replacing("\\/", with: "/")
        let events = Events()
        var written: OpaquePointer?
        try grammar.withCString { grammar in
            var options = swiftlet_generation_options()
            options.struct_size = size(of: swiftlet_generation_options.self)
            options.grammar = grammar
            try check {
                swiftlet_chat_answer(
                    chat.raw, "Hi", 2, &options, Events.callback, Unmanaged.passUnretained(events).toOpaque(), nil,
                    &written,
                    $0)
            }
        }
        #expect(takeText(written) == answer)
        func joined(_ kind: Int) -> String { events.found.filter { $0.kind == kind }.map(\.text).joined() }
        #expect(joined(SWIFTLET_EVENT_CONTENT) == "Ja" && joined(SWIFTLET_EVENT_REASONING) == "hm")
        #expect(joined(SWIFTLET_EVENT_TOOL_CALL) == #"{"x":1}"#)
        let call = try #require(events.found.last)
        #expect(call.kind == SWIFTLET_EVENT_TOOL_CALL && call.name == "f" && call.id?.count == 9)
        let json = try text { swiftlet_chat_message_json(chat.raw, 1, $0, $1, $2, $3) }
        #expect(
            json == #"{"role":"assistant","content":"Ja","reasoning":"hm","tool_calls":[{"type":"function","id":""#
                + (call.id ?? "") + #"","function":{"name":"f","arguments":{"x":1}}}]}"#)
        #expect(status { swiftlet_chat_message_json(chat.raw, 2, nil, 0, nil, $0) } == SWIFTLET_ERROR_NOT_FOUND)
        #expect(swiftlet_has("chat_events"))
    }
}
