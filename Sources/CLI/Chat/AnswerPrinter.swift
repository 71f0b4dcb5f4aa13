import Swiftlet

/// Prints an answer as it is generated; keeps the first failure and then writes nothing more.
struct AnswerPrinter {
    /// How a model's reasoning is shown.
    enum Reasoning: String, CaseIterable {
        /// Dimmed, where the output has colours.
        case show
        case hide
        /// Not told apart: all that the model writes is shown, with its marks.
        case none
    }

    private enum Part {
        case content, reasoning, call
    }

    private let reasoning: Reasoning
    private var failure: Failure?
    private var isDim = false
    private var part = Part.content
    private var endsLine = true

    init(reasoning: Reasoning) { self.reasoning = reasoning }

    /// All that the model writes; shown where nothing is told apart. Returns whether to go on.
    mutating func write(_ text: String) -> Bool {
        if reasoning == .none { put(text) }
        return failure == nil
    }

    /// Returns whether to go on.
    mutating func write(_ event: ChatEvent) -> Bool {
        guard reasoning != .none else { return failure == nil }
        switch event {
        case .content(let text): put(text, as: .content)
        case .reasoning(let text): if reasoning == .show { put(text, as: .reasoning) }
        case .toolCall(let call): put("call \(Format.visible(call.name)) \(call.arguments)\n", as: .call)
        }
        return failure == nil
    }

    /// Ends the answer's last line.
    ///
    /// - Throws: what went wrong when the answer was written.
    mutating func finish() throws(Failure) {
        setDim(false)
        if !endsLine { put("\n") }
        if let failure { throw failure }
    }

    /// Each part begins on a line of its own.
    private mutating func put(_ text: String, as part: Part) {
        if part != self.part, !endsLine { put("\n") }
        setDim(part == .reasoning)
        self.part = part
        put(text)
    }

    private mutating func setDim(_ dim: Bool) {
        guard dim != isDim else { return }
        isDim = dim
        if StandardStream.output.hasColours { write(raw: dim ? "\u{1B}[2m" : "\u{1B}[0m") }
    }

    private mutating func put(_ text: String) {
        write(raw: text)
        endsLine = text.last?.isNewline ?? endsLine
    }

    private mutating func write(raw text: String) {
        guard failure == nil else { return }
        do throws(Failure) {
            try StandardStream.output.write(text)
        } catch {
            failure = error
        }
    }
}
