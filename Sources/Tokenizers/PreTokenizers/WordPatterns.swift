/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)`
struct Contraction: WordPattern {
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        text.endOfContraction(from: start, ignoringCase: true)
    }
}

/// `[^\r\n\p{L}\p{N}]?[...]+`: a run of letters, with any character before it that is no letter, number or line break.
struct Letters: WordPattern {
    let isMember: @Sendable (TextCharacter) -> Bool

    init(_ isMember: @escaping @Sendable (TextCharacter) -> Bool = \.isLetter) { self.isMember = isMember }

    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard let first = text.character(at: start) else { return nil }
        if first.mayLeadWord {
            let end = text.skip(from: first.next, while: isMember)
            if end > first.next { return end }
        }
        return isMember(first) ? text.skip(from: first.next, while: isMember) : nil
    }
}

/// `[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+`: letters with their marks, and single spaces between letters.
struct JoinedWords: WordPattern {
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard let first = text.character(at: start) else { return nil }
        guard let letter = first.mayLeadWord ? text.character(at: first.next) : first, letter.isLetter else {
            return nil
        }
        var end = letter.next
        while let character = text.character(at: end) {
            if character.isLetterOrMark {
                end = character.next
            } else if character.isASCII(" "), let next = text.character(at: character.next), next.isLetter {
                end = next.next
            } else {
                break
            }
        }
        return end
    }
}

/// ` ?[^\s\p{L}\p{N}]+[\r\n]*`: a run of what is no letter, number or white space, and the line breaks after it.
struct Symbols: WordPattern {
    /// Characters that belong to the word at its end.
    enum Tail: Sendable {
        case nothing
        /// `[\r\n]*`
        case lineBreaks
        /// `[\r\n/]*`
        case lineBreaksAndSlashes
        /// `[\r\n/]?`
        case oneLineBreakOrSlash
    }

    let tail: Tail
    let isMember: @Sendable (TextCharacter) -> Bool

    init(_ tail: Tail, of isMember: @escaping @Sendable (TextCharacter) -> Bool = \.isNeitherWordNorSpace) {
        self.tail = tail
        self.isMember = isMember
    }

    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard let end = Run(after: .space, of: isMember).endOfMatch(in: text, from: start) else { return nil }
        switch tail {
        case .nothing: return end
        case .lineBreaks: return text.skip(from: end) { $0.isLineBreak }
        case .lineBreaksAndSlashes: return text.skip(from: end) { $0.isLineBreak || $0.isASCII("/") }
        case .oneLineBreakOrSlash: return text.skip(from: end, limit: 1) { $0.isLineBreak || $0.isASCII("/") }
        }
    }
}

/// An ASCII punctuation mark or symbol, and one or more ASCII letters after it.
struct PunctuatedASCIIWord: WordPattern {
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard let first = text.character(at: start), first.value < 0x80, first.isPunctuation else { return nil }
        let end = text.skip(from: first.next) { $0.isASCIILetter }
        return end > first.next ? end : nil
    }
}

/// `[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+`
struct LettersAndMarks: WordPattern {
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard let first = text.character(at: start) else { return nil }
        if !first.isLineBreak, !first.isLetter, !first.isPunctuationOrSymbol {
            let end = text.skip(from: first.next) { $0.isLetterOrMark }
            if end > first.next { return end }
        }
        return first.isLetterOrMark ? text.skip(from: first.next) { $0.isLetterOrMark } : nil
    }
}

extension TextCharacter {
    /// `[^\r\n\p{L}\p{N}]`
    var mayLeadWord: Bool { !isLineBreak && !isLetter && !isNumber }
}
