import Swiftlet

/// Prints an answer as it is generated; keeps the first failure and then writes nothing more.
struct AnswerPrinter {
    /// How a model's reasoning is shown.
    enum Reasoning: String, CaseIterable {
        case shown, dimmed, hidden
    }

    private let reasoning: Reasoning
    private var filter: ReasoningFilter
    private var failure: Failure?
    private var isDim = false
    /// Nothing but spaces has been printed since the last change between reasoning and answer.
    private var isAtStart = true
    private var endsLine = true

    init(reasoning: Reasoning, opened: Bool) {
        self.reasoning = reasoning
        filter = ReasoningFilter(opened: opened)
    }

    /// Returns whether to go on.
    mutating func write(_ text: String) -> Bool {
        for piece in filter.append(text) { show(piece) }
        return failure == nil
    }

    /// Ends the answer's last line.
    ///
    /// - Throws: what went wrong when the answer was written.
    mutating func finish() throws(Failure) {
        for piece in filter.finish() { show(piece) }
        setDim(false)
        if !endsLine { put("\n") }
        if let failure { throw failure }
    }

    private mutating func show(_ piece: ReasoningFilter.Piece) {
        if piece.isReasoning, reasoning == .hidden { return }
        let dim = piece.isReasoning && reasoning == .dimmed
        if dim != isDim {
            if !endsLine { put("\n") }
            setDim(dim)
            isAtStart = true
        }
        var text = Substring(piece.text)
        if isAtStart { text = text.drop { $0.isWhitespace } }
        guard !text.isEmpty else { return }
        isAtStart = false
        put(String(text))
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
