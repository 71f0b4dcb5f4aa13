/// `\s+(?!\S)|\s+`: all the white space, but where a word follows, its last character is left to it.
struct Whitespace: WordPattern {
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        let end = text.endOfWhitespace(from: start)
        return end > start ? end : nil
    }
}

/// `\s*[\r\n]+`: white space up to its last line break.
///
/// Where there is none, the white space has been read in vain: a pattern that takes all of it must come next.
struct LineBreaks: WordPattern {
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? { text.endOfLineBreaks(from: start) }
}

/// `\s{512}(?!\S)|\s{256}(?!\S)|...|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}`, with `\s*[\r\n]+` before it: Jais 2's white space.
struct PowersOfWhitespace: WordPattern {
    func endOfMatch(in text: borrowing TextReader, from start: Int) -> Int? {
        // After other white space, a search for line breaks has already failed.
        let isContinued = text.character(before: start).map { $0.isWhitespace && !$0.isLineBreak } ?? false
        if !isContinued, let end = text.endOfLineBreaks(from: start) { return end }
        var ends = [start]
        while ends.count <= 513, let last = ends.last, let character = text.character(at: last), character.isWhitespace
        {
            ends.append(character.next)
        }
        let count = ends.count - 1
        guard count > 0 else { return nil }
        // Of these many, none is followed by a word: but the last, where the text goes on after them.
        let endsText = ends[count] == text.end
        for length in [512, 256, 128, 64, 32, 16, 8, 4, 2, 1] where length < count || (length == count && endsText) {
            return ends[length]
        }
        return ends[1]
    }
}

extension TextReader {
    /// `\s*[\r\n]+`: where the last line break of the white space at `start` ends.
    func endOfLineBreaks(from start: Int) -> Int? {
        var offset = start
        var end: Int?
        while let character = character(at: offset), character.isWhitespace {
            offset = character.next
            if character.isLineBreak { end = offset }
        }
        return end
    }
}
