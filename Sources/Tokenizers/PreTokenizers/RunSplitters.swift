/// Makes every number character a word: `\p{N}`.
struct NumberSplitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        if let first = text.character(at: start), first.isNumber { return first.next }
        return text.skip(from: start) { !$0.isNumber }
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

/// Cuts the text between characters of a set and others: `[...]+`.
struct SetSplitter: WordSplitter {
    let isMember: @Sendable (TextCharacter) -> Bool

    init(_ isMember: @escaping @Sendable (TextCharacter) -> Bool) { self.isMember = isMember }

    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        guard let first = text.character(at: start) else { return start }
        let wanted = isMember(first)
        return text.skip(from: first.next) { isMember($0) == wanted }
    }
}

/// Cuts out the white space that ends the text: `\s+$`.
struct TrailingWhitespaceSplitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        var runStart = start
        var offset = start
        while let character = text.character(at: offset) {
            offset = character.next
            if !character.isWhitespace { runStart = offset }
        }
        return runStart > start ? runStart : text.end
    }
}
