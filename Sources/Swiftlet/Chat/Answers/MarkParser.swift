internal import Tokenizers

/// Reads answers whose reasoning and calls stand between marks, or that are a call as a whole.
struct MarkParser: Sendable {
    private enum Action {
        case startReasoning(Int)
        case endReasoning
        case startCalls(Int)
        case ignore
    }

    private struct Mark {
        let bytes: [UInt8]
        let action: Action
    }

    /// What began a stretch of reasoning.
    private enum Start {
        case prompt
        /// By index into the format's marks.
        case mark(Int)
    }

    private enum Place {
        case content
        case reasoning(Start)
        /// Within calls; the reasoning that they are in, if any.
        case calls(Int, within: Start?)
        /// An answer that may be calls without marks.
        case unmarked
    }

    private let format: ChatFormat
    /// Nil: calls are not looked for.
    private let tools: ToolList?
    private var place: Place
    /// Nothing but white space has come since the answer, or its reasoning, began.
    private var isAtStart = true
    /// Bytes whose meaning is open.
    private var held: [UInt8] = []
    /// How many of them have no end of calls in them.
    private var searched = 0
    private var output = EventOutput()

    init(_ format: ChatFormat, _ tools: ToolList?, startsInReasoning: Bool) {
        self.format = format
        self.tools = tools
        place = startsInReasoning ? .reasoning(.prompt) : .content
        if startsInReasoning { output.begin(true) }
    }

    mutating func append(_ bytes: [UInt8]) -> [ChatEvent] {
        held += bytes
        while step() {}
        return output.take()
    }

    mutating func finish() -> [ChatEvent] {
        switch place {
        case .content: output.append(held[...], isReasoning: false)
        case .reasoning: output.append(held[...], isReasoning: true)
        case .calls(let index, let reasoning):
            endCalls(index, reasoning, at: held.count, length: 0)
        case .unmarked:
            if endUnmarked() { break }
            place = .content
            isAtStart = false
            while step() {}
            return finish()
        }
        held = []
        output.finish()
        return output.take()
    }

    /// Returns whether to go on.
    private mutating func step() -> Bool {
        switch place {
        case .content: contentStep()
        case .reasoning(let start): reasoningStep(start)
        case .calls(let index, let reasoning): callStep(index, reasoning)
        case .unmarked: unmarkedStep()
        }
    }

    // MARK: Text

    private mutating func contentStep() -> Bool {
        if isAtStart, let tools, !tools.isEmpty, let first = held.first(where: { !$0.isSpace }) {
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                // "[TOOL_CALLS]" and "[THINK]" are not such an answer; as long as it is open, bytes are awaited.
                let text = held.drop(while: \.isSpace)
                if marks.contains(where: { $0.bytes.count > text.count && $0.bytes.starts(with: text) }) {
                    return false
                }
                if !marks.contains(where: { text.starts(with: $0.bytes) }) {
                    held = Array(text)
                    place = .unmarked
                    return true
                }
            }
        }
        return textStep(marks, isReasoning: false)
    }

    private mutating func reasoningStep(_ start: Start) -> Bool {
        let known = if case .mark(let index) = start { [format.reasoning[index]] } else { format.reasoning }
        var marks = known.map { Mark(bytes: Array($0.end.utf8), action: .endReasoning) }
        // A model that repeats the mark of the prompt means nothing by it.
        if isAtStart { marks += known.map { Mark(bytes: Array($0.start.utf8), action: .ignore) } }
        return textStep(marks + callMarks, isReasoning: true)
    }

    /// Gives out what is before the next mark, or cannot be the beginning of one.
    private mutating func textStep(_ marks: [Mark], isReasoning: Bool) -> Bool {
        guard
            let start = held.indices.first(where: { index in
                let rest = held[index...]
                return marks.contains { rest.starts(with: $0.bytes) || $0.bytes.starts(with: rest) }
            })
        else {
            let whole = held.count - held.span.incompleteTailLength
            give(whole, isReasoning: isReasoning)
            return false
        }
        if isAtStart, held[..<start].contains(where: { !$0.isSpace }) {
            // Behind other text fewer marks count.
            give(start, isReasoning: isReasoning)
            return true
        }
        // A longer mark that is not there as a whole yet comes before a shorter one that is.
        let rest = held[start...]
        let open = marks.contains { $0.bytes.count > rest.count && $0.bytes.starts(with: rest) }
        guard !open,
            let mark = marks.filter({ rest.starts(with: $0.bytes) }).max(by: { $0.bytes.count < $1.bytes.count })
        else {
            give(start, isReasoning: isReasoning)
            return false
        }
        give(start, isReasoning: isReasoning)
        perform(mark, isReasoning: isReasoning)
        return true
    }

    private mutating func give(_ count: Int, isReasoning: Bool) {
        if held[..<count].contains(where: { !$0.isSpace }) { isAtStart = false }
        output.append(held[..<count], isReasoning: isReasoning)
        held.removeSubrange(..<count)
    }

    private mutating func perform(_ mark: Mark, isReasoning: Bool) {
        switch mark.action {
        case .startReasoning(let index):
            held.removeSubrange(..<mark.bytes.count)
            place = .reasoning(.mark(index))
            isAtStart = true
            output.begin(true)
        case .endReasoning:
            held.removeSubrange(..<mark.bytes.count)
            place = .content
            isAtStart = true
            output.begin(false)
        case .startCalls(let index):
            var reasoning: Start?
            if case .reasoning(let start) = place { reasoning = start }
            place = .calls(index, within: reasoning)
            searched = mark.bytes.count
        case .ignore:
            held.removeSubrange(..<mark.bytes.count)
        }
    }

    /// Those that end content.
    private var marks: [Mark] {
        var marks: [Mark] = callMarks
        for (index, reasoning) in format.reasoning.enumerated() where isAtStart || reasoning.isAnywhere {
            marks.append(Mark(bytes: Array(reasoning.start.utf8), action: .startReasoning(index)))
        }
        return marks + format.ignored.map { Mark(bytes: Array($0.utf8), action: .ignore) }
    }

    private var callMarks: [Mark] {
        guard tools != nil else { return [] }
        return format.calls.enumerated().map { Mark(bytes: Array($1.start.utf8), action: .startCalls($0)) }
    }

    // MARK: Calls

    private mutating func callStep(_ index: Int, _ reasoning: Start?) -> Bool {
        let calls = format.calls[index]
        let end = Array((calls.end ?? calls.start).utf8)
        while let found = held.firstRange(of: end, from: searched) {
            if calls.syntax.isQuoted(after: held[calls.start.utf8.count..<found]) {
                searched = found + end.count
                continue
            }
            endCalls(index, reasoning, at: found, length: calls.end == nil ? 0 : end.count)
            return true
        }
        searched = max(searched, held.count - end.count + 1)
        return false
    }

    /// Gives the calls that are held, or all of their text.
    private mutating func endCalls(_ index: Int, _ reasoning: Start?, at end: Int, length: Int) {
        let calls = format.calls[index]
        let text = String(decoding: held[calls.start.utf8.count..<end], as: UTF8.self)
        if let found = calls.syntax.parse(text, tools ?? ToolList(nil)) {
            output.append(found)
            place = .content
            isAtStart = false
        } else {
            place = reasoning.map { .reasoning($0) } ?? .content
            output.append(held[..<(end + length)], isReasoning: reasoning != nil)
            isAtStart = false
        }
        held.removeSubrange(..<(end + length))
    }

    // MARK: Answers without marks

    /// Waits for the end of an answer that can still be calls of the tools.
    private mutating func unmarkedStep() -> Bool {
        guard !UnmarkedCalls.canBegin(held, tools ?? ToolList(nil)) else { return false }
        place = .content
        isAtStart = false
        return true
    }

    /// Gives the calls that the answer is; false where it is none.
    private mutating func endUnmarked() -> Bool {
        guard let found = UnmarkedCalls.parse(held, tools ?? ToolList(nil)) else { return false }
        output.append(found)
        return true
    }
}
