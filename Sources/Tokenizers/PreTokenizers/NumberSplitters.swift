/// Cuts the words of a digit run three by three from the right: `1234567` is `1`, `234`, `567`.
struct TriplesFromRight: WordSplitter {
    /// Which characters are digits.
    let isMember: @Sendable (TextCharacter) -> Bool
    /// Whether a run is cut only where no letter, mark or `_` follows: `\d{1,3}(?=(?:\d{3})*\b)`.
    var endsAtWordBoundary = false

    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        guard let first = text.character(at: start) else { return start }
        guard isMember(first) else { return endOfGap(in: text, from: first.next) }
        // After a digit, what remains of its run is a multiple of three, or a run that is not cut, whose end this is not.
        if let previous = text.character(before: start), isMember(previous) {
            return text.skip(from: start, limit: 3, while: isMember)
        }
        let run = DigitRun(in: text, from: start, while: isMember)
        guard isCut(run, in: text) else { return endOfGap(in: text, from: run.end) }
        return text.skip(from: start, limit: (run.count - 1) % 3 + 1, while: isMember)
    }

    /// Where the next run begins that is cut.
    private func endOfGap(in text: borrowing TextReader, from start: Int) -> Int {
        var offset = start
        while true {
            offset = text.skip(from: offset) { !isMember($0) }
            guard offset < text.end else { return offset }
            let run = DigitRun(in: text, from: offset, while: isMember)
            if isCut(run, in: text) { return offset }
            offset = run.end
        }
    }

    private func isCut(_ run: DigitRun, in text: borrowing TextReader) -> Bool {
        guard endsAtWordBoundary, let next = text.character(at: run.end) else { return true }
        return !next.isWordCharacter
    }
}

/// Cuts before every three digits that are followed by a multiple of three and no other digit: `(?=(\d{3})+(?!\d))`.
struct CutsBeforeTriples: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        var offset = start
        if let previous = text.character(before: start), previous.class == .digit {
            // The text was cut here: what remains of the run is a multiple of three.
            offset = text.skip(from: start, limit: 3) { $0.class == .digit }
            if let next = text.character(at: offset), next.class == .digit { return offset }
        }
        while offset < text.end {
            offset = text.skip(from: offset) { $0.class != .digit }
            let run = DigitRun(in: text, from: offset) { $0.class == .digit }
            if run.count >= 3 {
                let cut = text.skip(from: offset, limit: run.count % 3) { $0.class == .digit }
                if cut > start { return cut }
                if run.count > 3 { return text.skip(from: offset, limit: 3) { $0.class == .digit } }
            }
            offset = run.end
        }
        return offset
    }
}

/// Cuts out the bytes that are numbers as byte-level BPE spells them: `0` to `9`, and the bytes that it writes as `²`, `³`,
/// `¹`, `¼`, `½` and `¾`, which are parts of other characters.
///
/// Falcon's rule looks for numbers after the text has been spelled so.
struct SpelledNumberSplitter: WordSplitter {
    func endOfWord(in text: borrowing TextReader, from start: Int) -> Int {
        var end = start
        while end < text.end, isNumber(text.byte(at: end)) == isNumber(text.byte(at: start)) { end += 1 }
        return end
    }

    private func isNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0xB2, 0xB3, 0xB9, 0xBC...0xBE: true
        default: false
        }
    }
}

/// The digits from an offset on, to the end of their run.
private struct DigitRun {
    let count: Int
    let end: Int

    init(in text: borrowing TextReader, from start: Int, while isMember: (TextCharacter) -> Bool) {
        var count = 0
        end = text.skip(from: start) { character in
            guard isMember(character) else { return false }
            count += 1
            return true
        }
        self.count = count
    }
}

extension TextCharacter {
    /// `\w` of Oniguruma: alphabetic characters, marks, decimal digits, connectors such as `_`, and Latin-1's numbers.
    fileprivate var isWordCharacter: Bool {
        switch self.class {
        case .uppercase, .lowercase, .caseless, .mark, .digit: return true
        case .otherNumber where value < 0x100: return true
        case .whitespace: return false
        case .otherNumber, .punctuation, .symbol, .other:
            guard let properties = Unicode.Scalar(value)?.properties else { return false }
            return properties.isAlphabetic || properties.generalCategory == .connectorPunctuation
        }
    }
}
