/// One alternative of a rule: what stands between two `|` of a regular expression.
protocol WordPattern: Sendable {
    /// Where the match that begins at byte `start` ends, above `start`; nothing if there is none.
    ///
    /// Finding that there is none must not depend on the length of the text.
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int?
}

/// Makes each match of the first alternative that matches a word. The text between two matches is a word too.
struct Alternatives: WordSplitter {
    private let patterns: [any WordPattern]

    init(_ patterns: any WordPattern...) { self.patterns = patterns }

    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        if let end = endOfMatch(in: text, from: start) { return end }
        var offset = start
        while let character = text.character(at: offset) {
            offset = character.next
            if endOfMatch(in: text, from: offset) != nil { break }
        }
        return offset
    }

    private func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard start < text.end else { return nil }
        for pattern in patterns {
            if let end = pattern.endOfMatch(in: text, from: start) { return end }
        }
        return nil
    }
}

/// A run of characters, `[...]+`, with what may stand before it.
struct Run: WordPattern {
    /// The optional character before the run.
    enum Lead: Sendable {
        case nothing
        /// ` ?`
        case space
        /// `\s?`
        case whitespace

        fileprivate func allows(_ character: TextCharacter) -> Bool {
            switch self {
            case .nothing: false
            case .space: character.isASCII(" ")
            case .whitespace: character.isWhitespace
            }
        }
    }

    let lead: Lead
    /// The most characters of a run.
    let limit: Int
    let isMember: @Sendable (TextCharacter) -> Bool

    init(after lead: Lead = .nothing, limit: Int = .max, of isMember: @escaping @Sendable (TextCharacter) -> Bool) {
        self.lead = lead
        self.limit = limit
        self.isMember = isMember
    }

    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard let first = text.character(at: start) else { return nil }
        if lead.allows(first) {
            let end = text.skip(from: first.next, limit: limit, while: isMember)
            if end > first.next { return end }
        }
        let end = text.skip(from: start, limit: limit, while: isMember)
        return end > start ? end : nil
    }
}
