/// Cuts long texts into pieces that a model takes, and joins what becomes of them.
///
/// A text of at most the limit's tokens is one piece. A longer one is cut behind the ends of sentences: `.`, `!`, `?` or `…`,
/// with closing quotes and brackets, before white space; and `。`, `！` or `？`, with closing quotes and brackets, before
/// anything. As many sentences as fit are one piece. A sentence that is too long is cut at white space in the same way, and a
/// word that is too long between characters.
struct TextPieces {
    private let limit: Int
    private let count: (String) -> Int

    /// - Parameters:
    ///   - limit: max tokens of a piece.
    ///   - count: tokens of a piece, with those around it.
    init(limit: Int, count: @escaping (String) -> Int) {
        self.limit = limit
        self.count = count
    }

    /// The pieces of a text, without the white space between them; none for a text of white space.
    func pieces(of text: String) -> [String] {
        let text = text.trimmed
        guard !text.isEmpty else { return [] }
        if fits(text) { return [text] }
        return pack(Self.sentences(of: text)) { sentence in
            pack(Self.words(of: sentence)) { word in pack(word.map { String($0) }) { [$0] } }
        }
    }

    private func fits(_ text: some StringProtocol) -> Bool { count(String(text)) <= limit }

    /// Puts neighbours together while they fit.
    ///
    /// - Parameters:
    ///   - parts: end to end the text.
    ///   - split: cuts a part that does not fit alone.
    private func pack(_ parts: [String], _ split: (String) -> [String]) -> [String] {
        var pieces: [String] = []
        var open = ""
        func close() {
            let piece = open.trimmed
            if !piece.isEmpty { pieces.append(piece) }
            open = ""
        }
        for part in parts {
            if fits((open + part).trimmed) {
                open += part
                continue
            }
            close()
            if fits(part.trimmed) { open = part } else { pieces += split(part) }
        }
        close()
        return pieces
    }

    /// Sentences with the white space behind them.
    static func sentences(of text: String) -> [String] {
        var sentences: [String] = []
        var start = text.startIndex
        var place = start
        while place < text.endIndex {
            let character = text[place]
            place = text.index(after: place)
            let isWide = wideEnds.contains(character)
            guard isWide || ends.contains(character) else { continue }
            while place < text.endIndex,
                ends.contains(text[place]) || wideEnds.contains(text[place])
                    || closing.contains(text[place])
            { place = text.index(after: place) }
            guard isWide || (place < text.endIndex && text[place].isWhitespace) else { continue }
            while place < text.endIndex, text[place].isWhitespace { place = text.index(after: place) }
            sentences.append(String(text[start..<place]))
            start = place
        }
        if start < text.endIndex { sentences.append(String(text[start...])) }
        return sentences
    }

    /// Words with the white space behind them.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in text {
            if !character.isWhitespace, word.last?.isWhitespace == true {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        return word.isEmpty ? words : words + [word]
    }

    /// What became of a text's pieces: with a space between two, unless one ends or the next begins with a character of a
    /// script that has none.
    static func join(_ pieces: [String]) -> String {
        var text = ""
        for piece in pieces where !piece.isEmpty {
            if let last = text.last, let first = piece.first, !hasNoSpaces(last), !hasNoSpaces(first) { text += " " }
            text += piece
        }
        return text
    }

    private static let ends: Set<Character> = [".", "!", "?", "…"]
    private static let wideEnds: Set<Character> = ["。", "！", "？"]
    private static let closing: Set<Character> = [
        "\"", "'", "”", "’", "»", ")", "]", "」", "』", "）", "】",
    ]

    /// CJK punctuation, kana, ideographs, and their compatibility and full-width forms.
    private static func hasNoSpaces(_ character: Character) -> Bool {
        guard let scalar = character.unicodeScalars.first?.value else { return false }
        return (0x3000...0x30FF).contains(scalar) || (0x3400...0x9FFF).contains(scalar)
            || (0xF900...0xFAFF).contains(scalar) || (0xFF00...0xFF60).contains(scalar)
            || (0x20000...0x2FFFF).contains(scalar)
    }
}
