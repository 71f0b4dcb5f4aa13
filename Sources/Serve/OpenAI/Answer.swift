import Swiftlet

/// A part of an answer.
typealias AnswerPart = ChatEvent

/// An answer so far.
struct Answer {
    var content = ""
    var reasoning = ""
    var calls: [ToolCall] = []

    mutating func add(_ part: AnswerPart) {
        switch part {
        case .content(let text): content += text
        case .reasoning(let text): reasoning += text
        case .toolCall(let call): calls.append(call)
        }
    }

    /// Why it ended, in OpenAI's words.
    func finishReason(_ end: TextEnd) -> String {
        calls.isEmpty || end.finishReason == "length" ? end.finishReason : "tool_calls"
    }
}
