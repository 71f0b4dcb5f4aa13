/// The splitting rule of GPT-2:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
///
/// - Source: github.com/openai/gpt-2, `src/encoder.py`.
struct GPT2Splitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        guard let first = text.character(at: start) else { return start }
        if let end = text.endOfContraction(from: start, ignoringCase: false) { return end }
        let space = first.isASCII(" ")
        if let head = space ? text.character(at: first.next) : first {
            switch head.class {
            case .uppercase, .lowercase, .caseless: return text.skip(from: head.next) { $0.isLetter }
            case .digit, .otherNumber: return text.skip(from: head.next) { $0.isNumber }
            case .mark, .punctuation, .symbol, .other: return text.skip(from: head.next) { $0.isNeitherWordNorSpace }
            case .whitespace: break
            }
        }
        return text.endOfWhitespace(from: start)
    }
}

extension TextReader {
    /// The end of an English contraction (`'s`, `'re` and the like) that begins at `start`.
    func endOfContraction(from start: Int, ignoringCase: Bool) -> Int? {
        func letter(at offset: Int) -> UInt32? {
            guard let value = character(at: offset)?.value else { return nil }
            guard ignoringCase else { return value }
            // Of other letters, only ſ (U+017F) has one of these as its other case.
            return (0x41...0x5A).contains(value) ? value | 0x20 : value == 0x17F ? 0x73 : value
        }
        guard let quote = character(at: start), quote.isASCII("'"), let first = letter(at: quote.next) else {
            return nil
        }
        switch Unicode.Scalar(first) {
        case "s", "t", "m", "d": return character(at: quote.next)?.next
        case "r", "v": return letter(at: quote.next + 1) == ("e" as Unicode.Scalar).value ? quote.next + 2 : nil
        case "l": return letter(at: quote.next + 1) == ("l" as Unicode.Scalar).value ? quote.next + 2 : nil
        default: return nil
        }
    }

    /// `\s+(?!\S)|\s+`: all the white space at `start`, but where a word follows, its last character is left to it.
    func endOfWhitespace(from start: Int) -> Int {
        var last = start
        var end = start
        while let character = character(at: end), character.isWhitespace {
            last = end
            end = character.next
        }
        return last > start && end < self.end ? last : end
    }
}
