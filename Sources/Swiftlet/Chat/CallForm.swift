internal import JSON
internal import Templates

/// The form in which a template reads messages with calls of tools. Templates do not say: most take OpenAI's form with
/// arguments as an object, some want them as JSON text, and some a message with calls to have no content at all.
struct CallForm: Sendable {
    private let hasTextArguments: Bool
    private let hasNoContent: Bool
    /// Members that the template may read the reasoning from.
    private let reasoningNames: [String]
    /// Results of tools go into the message with the calls, as early templates of Gemma 4 want them.
    private let joinsResults: Bool
    /// GPT-OSS's template refuses content beside reasoning and calls.
    private let joinsContent: Bool

    /// - Parameters:
    ///   - sources: of the templates.
    ///   - render: the text of a conversation; nil where the template refuses it.
    init(_ sources: [String], _ format: ChatFormat, render: ([TemplateValue]) -> String?) {
        func reads(_ word: String) -> Bool { sources.contains { $0.includes(word) } }
        reasoningNames = ["reasoning_content", "reasoning", "thinking"].filter(reads)
        joinsContent = format.isHarmony
        let readsResponses = reads("tool_responses")
        var joins = false
        let forms = [(false, false), (true, false), (false, true), (true, true)]
        let found =
            !reads("tool_calls")
            ? nil
            : forms.first { form in
                let probe = CallForm(textArguments: form.0, noContent: form.1)
                guard let text = render(probe.values(of: Self.conversation)) else { return false }
                joins = readsResponses && !text.includes(Self.result)
                // A dictionary that is printed, rather than written as JSON, has Python's quotes.
                return text.includes(Self.key) && text.includes(Self.word) && !text.includes("'\(Self.key)'")
            }
        (hasTextArguments, hasNoContent) = found ?? (false, false)
        joinsResults = found != nil && joins
    }

    private init(textArguments: Bool, noContent: Bool) {
        (hasTextArguments, hasNoContent) = (textArguments, noContent)
        (reasoningNames, joinsContent, joinsResults) = ([], false, false)
    }

    private static let key = "swiftlet_key"
    private static let word = "swiftlet_word"
    private static let result = "swiftlet_result"

    /// With calls and an answer to them.
    private static var conversation: [ChatMessage] {
        let call = ToolCall(name: "f", members: .object([.init(key, .string(word))]), id: "callnr001")
        return [
            ChatMessage(.user, "x"), ChatMessage(.assistant, "", toolCalls: ChatJSON([call])),
            ChatMessage(.tool, result, name: "f", toolCallID: call.id),
        ]
    }

    func values(of messages: [ChatMessage]) -> [TemplateValue] {
        guard joinsResults else { return messages.map { value(of: $0) } }
        var values: [TemplateValue] = []
        var index = 0
        while index < messages.count {
            let calls = messages[index].toolCalls?.toolCalls ?? []
            let results = messages[(index + 1)...].prefix { $0.role == .tool }
            values.append(value(of: messages[index], results: calls.isEmpty ? [] : Array(zip(calls, results))))
            index += 1 + (calls.isEmpty ? 0 : results.count)
        }
        return values
    }

    /// A message as the template sees it.
    ///
    /// - Parameter results: of its calls.
    func value(of message: ChatMessage, results: [(ToolCall, ChatMessage)] = []) -> TemplateValue {
        var content = message.content
        var reasoning = message.reasoning
        if joinsContent, message.toolCalls != nil, !content.isEmpty, let given = reasoning {
            reasoning = given + "\n" + content
            content = ""
        }
        let isOpen = hasNoContent && message.toolCalls != nil && content.isEmpty
        var entries: [TemplateValue.Entry] = [
            .init("role", .trusted(message.role.rawValue)), .init("content", isOpen ? .none : .string(content)),
        ]
        if let calls = message.toolCalls {
            entries.append(.init("tool_calls", .list((calls.json.items ?? []).map { TemplateValue(call($0)) })))
        }
        if !results.isEmpty {
            let responses = results.map { call, result in
                let value = (try? JSONParser.parse(result.content)) ?? .string(result.content)
                return TemplateValue.dictionary([
                    .init("name", .string(call.name)), .init("response", TemplateValue(value)),
                ])
            }
            entries.append(.init("tool_responses", .list(responses)))
        }
        if let name = message.name { entries.append(.init("name", .string(name))) }
        if let id = message.toolCallID { entries.append(.init("tool_call_id", .string(id))) }
        if let reasoning { entries += reasoningNames.map { .init($0, .string(reasoning)) } }
        return .dictionary(entries)
    }

    /// A call with its arguments as the template wants them; what is not in OpenAI's form stays as it is.
    private func call(_ value: JSONValue) -> JSONValue {
        guard let members = value.members, let function = value["function"]?.members else { return value }
        let changed = function.map { member in
            guard member.name == "arguments" else { return member }
            switch member.value {
            case .string(let text) where !hasTextArguments:
                guard let value = try? JSONParser.parse(text), value.members != nil else { return member }
                return .init(member.name, value)
            case .object where hasTextArguments: return .init(member.name, .string(member.value.text))
            default: return member
            }
        }
        return .object(members.map { $0.name == "function" ? .init("function", .object(changed)) : $0 })
    }
}
