internal import JSON
internal import Tokenizers

/// Reads GPT-OSS's answers: messages with a header that names a channel and maybe a recipient.
///
/// An answer goes on after the prompt's `<|start|>assistant`: `<|channel|>analysis<|message|>...<|end|>` is reasoning, the
/// channel `final` content, `commentary` content that comes before calls. A recipient, ` to=functions.name`, stands in the
/// header before or after the channel, and makes the message a call with arguments in JSON.
///
/// - Source: OpenAI, "OpenAI harmony response format".
struct HarmonyParser: Sendable {
    static let marks = [
        "<|start|>", "<|channel|>", "<|constrain|>", "<|message|>", "<|end|>", "<|call|>", "<|return|>",
    ]

    private enum Place {
        case header
        case text(isReasoning: Bool)
        case call(String)
    }

    private let parsesCalls: Bool
    private var place = Place.header
    private var held: [UInt8] = []
    /// Of the call that is being read.
    private var header: [UInt8] = []
    private var output = EventOutput()

    init(parsesCalls: Bool) { self.parsesCalls = parsesCalls }

    mutating func append(_ bytes: [UInt8]) -> [ChatEvent] {
        held += bytes
        while step() {}
        return output.take()
    }

    mutating func finish() -> [ChatEvent] {
        switch place {
        case .header:
            // A model that keeps to no channels has said something; a header alone says nothing.
            let text = held.drop(while: \.isSpace)
            if !Self.headers.contains(where: { text.starts(with: $0.utf8) }) { output.append(text, isReasoning: false) }
        case .text(let isReasoning): output.append(held[...], isReasoning: isReasoning)
        case .call(let name): endCall(name, at: held.count)
        }
        held = []
        output.finish()
        return output.take()
    }

    private mutating func step() -> Bool {
        switch place {
        case .header:
            if leaveHeader() { return true }
            let mark = Array("<|message|>".utf8)
            guard let found = held.firstRange(of: mark, from: 0) else { return false }
            header = Array(held[..<(found + mark.count)])
            held.removeSubrange(..<(found + mark.count))
            begin(String(decoding: header, as: UTF8.self))
            return true
        case .text(let isReasoning):
            let end = nextEnd()
            output.append(held[..<end.start], isReasoning: isReasoning)
            held.removeSubrange(..<(end.start + end.length))
            if end.isReached { place = .header }
            return end.isReached
        case .call(let name):
            let end = nextEnd()
            guard end.isReached else { return false }
            endCall(name, at: end.start)
            held.removeSubrange(..<(end.start + end.length))
            place = .header
            return true
        }
    }

    /// What headers begin with, behind the prompt's own part of the first one.
    private static let headers = ["<|", "assistant", "to="]

    private var isHeader: Bool {
        let text = held.drop(while: \.isSpace)
        return Self.headers.contains { text.starts(with: $0.utf8) || $0.utf8.starts(with: text) }
    }

    /// Text where a header should be is content, as of a model that was not trained on channels.
    private mutating func leaveHeader() -> Bool {
        guard !isHeader else { return false }
        place = .text(isReasoning: false)
        output.begin(false)
        return true
    }

    private mutating func begin(_ header: String) {
        let words = Self.words(of: header)
        let channel = words.firstIndex(of: "<|channel|>").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
        let recipient = words.first { $0.hasPrefix("to=") }?.dropFirst(3)
        if parsesCalls, let recipient, recipient != "assistant", recipient != "all", recipient != "user" {
            let isFunction = recipient.hasPrefix("functions.")
            place = .call(String(isFunction ? recipient.dropFirst(10) : recipient))
        } else {
            // What is meant for another recipient is no answer.
            let isReasoning = channel == "analysis" || (recipient != nil && channel != "final")
            place = .text(isReasoning: isReasoning)
            output.begin(isReasoning)
        }
    }

    /// Marks, and what stands between them and white space.
    private static func words(of header: String) -> [String] {
        var words: [String] = []
        var scanner = CallScanner(header)
        while true {
            scanner.skipSpace()
            guard !scanner.isAtEnd else { return words }
            if scanner.take("<|"), let mark = scanner.text(until: "|>") {
                words.append("<|\(mark)|>")
                continue
            }
            var word: [UInt8] = []
            while let next = scanner.next, !next.isSpace, word.isEmpty || next != UInt8(ascii: "<") {
                word.append(next)
                scanner.advance()
            }
            words.append(String(decoding: word, as: UTF8.self))
        }
    }

    /// Marks that end a message. The last one belongs to the next header.
    private static let ends = ["<|end|>", "<|call|>", "<|return|>", "<|start|>"].map { Array($0.utf8) }

    /// Where the message ends, and how long the mark is; or where the bytes begin that may be the beginning of a mark.
    private func nextEnd() -> (start: Int, length: Int, isReached: Bool) {
        for index in held.indices where held[index] == UInt8(ascii: "<") {
            let rest = held[index...]
            for (number, mark) in Self.ends.enumerated() {
                if rest.starts(with: mark) { return (index, number == 3 ? 0 : mark.count, true) }
                if mark.starts(with: rest) { return (index, 0, false) }
            }
        }
        return (held.count - held.span.incompleteTailLength, 0, false)
    }

    private mutating func endCall(_ name: String, at end: Int) {
        var scanner = CallScanner(Array(held[..<end]))
        let value = scanner.json()
        scanner.skipSpace()
        if let value, value.members != nil, scanner.isAtEnd {
            output.append([ToolCall(name: name, members: value, id: nil)])
        } else {
            output.append(header + held[..<end], isReasoning: false)
        }
    }
}
