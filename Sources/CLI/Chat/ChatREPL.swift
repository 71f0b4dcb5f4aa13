import Foundation
import Swiftlet

/// Reads messages and commands, prints answers, until there are no more.
struct ChatREPL: ~Copyable {
    var session: ChatSession
    var settings: ChatSettings
    private let input: ChatInput
    private let interruption: ChatInterruption
    /// Answers go to standard output as they come; off where a transcript is printed in the end.
    private let printsAnswers: Bool
    private(set) var last: ChatAnswer?
    /// How answers ended, by the number of their message; those of a loaded conversation are not known.
    private(set) var endings: [Int: TextEnding] = [:]
    var isDone = false
    /// Text that the next line begins with.
    var nextLine = ""

    init(
        _ session: consuming ChatSession, _ settings: ChatSettings, input: ChatInput, printsAnswers: Bool
    ) {
        interruption = ChatInterruption(cancelling: session.cancellation)
        self.session = session
        self.settings = settings
        self.input = input
        self.printsAnswers = printsAnswers
    }

    /// - Throws: `Failure` when the output is gone; with input from a file or pipe, also what went wrong with a message.
    mutating func run() throws {
        greet()
        while !isDone {
            let initial = nextLine
            nextLine = ""
            switch input.readMessage("> ", initial: initial) {
            case .end: isDone = true
            case .interrupted: note("Ctrl-D or /exit leaves")
            case .typed(let line): try take(line, isTyped: true)
            case .message(let message): try take(message, isTyped: false)
            }
        }
    }

    private func greet() {
        guard input.isTerminal else { return }
        let model = session.model
        note(
            "\(model.path) (\(model.architecture)), context of \(Format.count(session.contextLength)) tokens, "
                + "\(session.threadCount) threads. /help lists the commands.")
    }

    private mutating func take(_ line: String, isTyped: Bool) throws {
        guard !line.allSatisfy(\.isWhitespace) else { return }
        do {
            if !isTyped {
                try answer(to: line)
            } else if line.hasPrefix("/"), !line.hasPrefix("//") {
                try ChatCommandLine(line).run(&self)
            } else {
                // Two slashes are for messages that begin with one.
                try answer(to: line.hasPrefix("//") ? String(line.dropFirst()) : line)
            }
        } catch {
            guard input.isTerminal, let failure = Failure(error) else { throw error }
            failure.print()
        }
    }

    /// Answers a message; nil: the conversation as it is.
    mutating func answer(to message: String?) throws {
        session.generation = settings.generation
        session.thinking = settings.thinking
        var printer = AnswerPrinter(reasoning: settings.reasoning)
        let prints = printsAnswers
        interruption.begin()
        defer { interruption.end() }
        func show(_ text: String, _: Token?) -> Bool { prints ? printer.write(text) : true }
        func show(_ event: ChatEvent) -> Bool { prints ? printer.write(event) : true }
        let answer =
            try message.map { message throws(SwiftletError) in
                try session.respond(to: message, onToken: show, onEvent: show)
            } ?? session.answer(onToken: show, onEvent: show)
        last = answer
        endings[session.messages.count - 1] = answer.ending
        try printer.finish()
        if let remark = answer.ending.remark(tokens: answer.answerTokens) { StandardStream.printNote(remark) }
        summarize(answer)
    }

    private func summarize(_ answer: ChatAnswer) {
        guard input.isTerminal else { return }
        var parts: [String] = []
        if answer.reason == nil { parts.append("stopped") }
        if answer.reason == .context { parts.append("the context is full") }
        if answer.reason == .length { parts.append("cut at \(answer.answerTokens) tokens: /set max-tokens") }
        let seconds = answer.answerTime / .seconds(1)
        if seconds > 0, answer.answerTokens > 0 {
            parts.append("\(Format.decimal(Double(answer.answerTokens) / seconds, 1)) tokens/s")
        }
        parts.append("\(Format.count(session.usedTokens)) of \(Format.count(session.contextLength)) tokens used")
        if session.droppedMessages > 0 { parts.append("\(session.droppedMessages) old messages left out") }
        note(parts.joined(separator: ", "))
    }

    /// A remark of the program's, on standard error.
    func note(_ text: String) {
        guard input.isTerminal else { return }
        try? StandardStream.error.write(StandardStream.error.styled("[\(text)]", .dim) + "\n")
    }

    // MARK: The conversation

    /// Ends it; the system message stays.
    mutating func reset() {
        session.messages = session.messages.filter { $0.role == .system }
        endings = [:]
    }

    /// Takes the last message of the user and all after it away, and returns that message.
    mutating func removeLastTurn() throws(Failure) -> String {
        guard let index = session.messages.lastIndex(where: { $0.role == .user }) else {
            throw .message("there is no message to take back")
        }
        let message = session.messages[index].content
        session.messages.removeSubrange(index...)
        endings = endings.filter { $0.key < index }
        return message
    }

    /// Adds the result of the first call that has none; the model answers once all have one.
    mutating func addResult(_ text: String) throws {
        let results = session.messages.reversed().prefix { $0.role == .tool }.count
        let calls = session.messages.dropLast(results).last?.toolCalls?.toolCalls ?? []
        guard results < calls.count else { throw Failure.message("there is no call that waits for a result") }
        let call = calls[results]
        session.messages.append(ChatMessage(.tool, text, name: call.name, toolCallID: call.id))
        if results + 1 == calls.count { try answer(to: nil) }
    }

    /// - Parameter text: empty: none.
    mutating func setSystem(_ text: String) {
        let count = session.messages.count
        session.messages.removeAll { $0.role == .system }
        if !text.isEmpty { session.messages.insert(ChatMessage(.system, text), at: 0) }
        let shift = session.messages.count - count
        endings = Dictionary(endings.map { ($0.key + shift, $0.value) }) { $1 }
    }

    mutating func save(to path: String) throws(SwiftletError) { try session.save(to: path) }

    mutating func load(from path: String) throws(SwiftletError) {
        try session.restore(from: path)
        last = nil
        endings = [:]
    }
}
