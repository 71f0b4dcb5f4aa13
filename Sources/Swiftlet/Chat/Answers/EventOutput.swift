internal import Tokenizers

/// Collects the text of events, without the white space around each stretch of reasoning or content.
struct EventOutput: Sendable {
    private(set) var events: [ChatEvent] = []
    private var isReasoning = false
    private var hasBegun = false
    private var hasCalls = false
    /// White space that is text only if more follows.
    private var space: [UInt8] = []

    /// - Parameter bytes: whole characters.
    mutating func append(_ bytes: ArraySlice<UInt8>, isReasoning: Bool) {
        guard !bytes.isEmpty else { return }
        if isReasoning != self.isReasoning { begin(isReasoning) }
        let text = hasBegun ? bytes : bytes.drop(while: \.isSpace)
        guard let last = text.lastIndex(where: { !$0.isSpace }) else { return space += text }
        let whole = String(decoding: space + text[...last], as: UTF8.self)
        space = Array(text[(last + 1)...])
        hasBegun = true
        events.append(isReasoning ? .reasoning(whole) : .content(whole))
    }

    mutating func append(_ calls: [ToolCall]) {
        begin(false)
        hasCalls = true
        events += calls.map { .toolCall($0) }
    }

    /// A mark: what follows is another stretch, and the white space before it nothing.
    mutating func begin(_ isReasoning: Bool) {
        self.isReasoning = isReasoning
        hasBegun = false
        space = []
    }

    /// The events since the last time.
    mutating func take() -> [ChatEvent] {
        defer { events = [] }
        return events
    }

    /// Keeps the white space at the end of an answer that is content alone.
    mutating func finish() {
        guard hasBegun, !isReasoning, !hasCalls, !space.isEmpty else { return }
        events.append(.content(String(decoding: space, as: UTF8.self)))
        space = []
    }
}
