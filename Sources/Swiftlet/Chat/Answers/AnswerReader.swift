/// Collects an answer from its events while it passes them on.
struct AnswerReader {
    private var parser: ChatParser
    private(set) var content = ""
    private(set) var reasoning = ""
    private(set) var toolCalls: [ToolCall] = []
    /// The caller wants no more events.
    private var isStopped = false

    init(_ parser: ChatParser) { self.parser = parser }

    /// Takes a piece of the answer, and what the last one leaves open. Returns whether to go on.
    mutating func read(_ piece: String, isLast: Bool, _ onEvent: (ChatEvent) -> Bool) -> Bool {
        for event in isLast ? parser.finish() : parser.append(piece) {
            switch event {
            case .content(let text): content += text
            case .reasoning(let text): reasoning += text
            case .toolCall(let call): toolCalls.append(call)
            }
            if !isStopped { isStopped = !onEvent(event) }
        }
        return !isStopped
    }
}
