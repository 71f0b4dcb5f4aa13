import JSON

/// A part of an answer.
enum AnswerPart: Sendable, Equatable {
    case content(String)
    case reasoning(String)
    case toolCall(id: String, name: String, arguments: String)
}

/// Tells the parts of an answer apart as they come.
struct AnswerSplitter {
    mutating func append(_ text: String) -> [AnswerPart] { text.isEmpty ? [] : [.content(text)] }

    mutating func finish() -> [AnswerPart] { [] }
}

/// An answer so far.
struct Answer {
    var content = ""
    var reasoning = ""
    var calls: [(id: String, name: String, arguments: String)] = []

    mutating func add(_ part: AnswerPart) {
        switch part {
        case .content(let text): content += text
        case .reasoning(let text): reasoning += text
        case .toolCall(let id, let name, let arguments): calls.append((id, name, arguments))
        }
    }

    /// Why it ended, in OpenAI's words.
    func finishReason(_ end: TextEnd) -> String {
        calls.isEmpty || end.finishReason == "length" ? end.finishReason : "tool_calls"
    }
}
