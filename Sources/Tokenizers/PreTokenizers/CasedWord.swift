/// Words of GPT-4o's rule: letters, capitals only at the start, with any character before them that is no letter,
/// number or line break:
/// `[^\r\n\p{L}\p{N}]?U*L+C?|[^\r\n\p{L}\p{N}]?U+L*C?`, where U is `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, L is
/// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` and C a contraction.
///
/// llama.cpp approximates U by "a letter but a to z", L by "a letter but A to Z"; here they are exact.
///
/// - Source: github.com/openai/tiktoken, `tiktoken_ext/openai_public.py` (`o200k_base`).
struct CasedWord: WordPattern {
    /// Whether a contraction belongs to the word before it.
    var takesContraction = true
    /// Letters that belong to no such word.
    var isExcluded: @Sendable (TextCharacter) -> Bool = { _ in false }

    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        guard let first = text.character(at: start) else { return nil }
        let lead = first.mayLeadWord ? first.next : nil
        let end =
            lead.flatMap { endOfLowercase(in: text, from: $0) } ?? endOfLowercase(in: text, from: start)
            ?? lead.flatMap { endOfUppercase(in: text, from: $0) } ?? endOfUppercase(in: text, from: start)
        guard let end else { return nil }
        return takesContraction ? text.endOfContraction(from: end, ignoringCase: true) ?? end : end
    }

    /// `U*L+`: without a lowercase letter after the characters of U, it ends with the last of these that is also one of L.
    private func endOfLowercase(in text: borrowing TextReader, from start: Int) -> Int? {
        var end = start
        var lastShared: Int?
        while let character = text.character(at: end), isUpper(character) {
            end = character.next
            if isLower(character) { lastShared = end }
        }
        let last = text.skip(from: end, while: isLower)
        return last > end ? last : lastShared
    }

    /// `U+L*`
    private func endOfUppercase(in text: borrowing TextReader, from start: Int) -> Int? {
        let end = text.skip(from: start, while: isUpper)
        return end > start ? text.skip(from: end, while: isLower) : nil
    }

    private func isUpper(_ character: TextCharacter) -> Bool {
        switch character.class {
        case .uppercase, .caseless, .mark: !isExcluded(character)
        default: false
        }
    }

    private func isLower(_ character: TextCharacter) -> Bool {
        switch character.class {
        case .lowercase, .caseless, .mark: !isExcluded(character)
        default: false
        }
    }
}
