/// Cuts out runs of punctuation: `[\p{P}\$\+<=>\^~\|]+`.
struct PunctuationSplitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        text.endOfRun(from: start) { character in
            if character.class == .punctuation { return true }
            switch Unicode.Scalar(character.value) {
            case "$", "+", "<", "=", ">", "^", "~", "|": return true
            default: return false
            }
        }
    }
}

/// Cuts out runs of numbers: `\p{N}+`.
struct NumberRunSplitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        text.endOfRun(from: start) { $0.class == .number }
    }
}

/// Makes every number character a word: `\p{N}`.
struct NumberSplitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        if let first = text.character(at: start), first.class == .number { return first.next }
        return text.skip(from: start) { $0.class != .number }
    }
}

/// Cuts out ASCII digits three by three, from the left: `[0-9][0-9][0-9]`.
struct DigitTripleSplitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        var offset = start
        while let character = text.character(at: offset) {
            let end = text.skip(from: offset, limit: 3) { (0x30...0x39).contains($0.value) }
            if end == offset + 3 { return offset == start ? end : offset }
            offset = end > offset ? end : character.next
        }
        return offset
    }
}

extension TextReader {
    /// The end of the run at `start` of characters that all satisfy `condition`, or of such that all do not.
    func endOfRun(from start: Int, of condition: (TextCharacter) -> Bool) -> Int {
        guard let first = character(at: start) else { return start }
        let wanted = condition(first)
        return skip(from: first.next) { condition($0) == wanted }
    }
}
