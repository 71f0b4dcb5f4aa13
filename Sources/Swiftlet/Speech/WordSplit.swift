/// Puts tokens together to words: each begins with a space, and keeps the punctuation that stands at it. Scripts without
/// spaces have a word for each character.
package enum WordSplit {
    package struct Word: Equatable {
        package var text: String
        package var tokenCount: Int
    }

    /// Punctuation that is not said, as a percent sign is.
    private static let unspoken: Set<Character> = Set("\"'“”‘’¿¡([{-.。,，!！?？:：;；…)]}、「」")

    /// A character takes no more bytes.
    private static let longestCharacter = 4

    /// - Parameter tokens: of text alone. All words together are their text.
    package static func words(_ tokens: [Token], _ model: SpeechModel) -> [Word] {
        let characters = whole(tokens, model)
        // A text without any space is written so: each character may be a word.
        let hasSpaces = characters.contains { $0.text.hasPrefix(" ") }
        var words: [Word] = []
        for unit in characters {
            if let last = words.last, hasSpaces || !isIdeographic(unit.text), !unit.text.hasPrefix(" ") {
                words[words.count - 1] = Word(
                    text: last.text + unit.text, tokenCount: last.tokenCount + unit.tokenCount)
            } else {
                words.append(unit)
            }
        }
        return words
    }

    /// A word's tokens without punctuation at its ends, whose attention wanders off into a pause. All of a word that is
    /// nothing else.
    package static func spoken(_ tokens: [Token], _ model: SpeechModel) -> Range<Int> {
        let texts = tokens.map { model.detokenize([$0]) }
        let isSpoken = texts.map { text in text.contains { $0 != " " && !unspoken.contains($0) } }
        guard var first = isSpoken.firstIndex(of: true), let last = isSpoken.lastIndex(of: true) else {
            return tokens.indices
        }
        // A space that is a token of its own.
        while first > 0, texts[first - 1].allSatisfy({ $0 == " " }) { first -= 1 }
        return first..<last + 1
    }

    /// Tokens together until their bytes are whole characters.
    private static func whole(_ tokens: [Token], _ model: SpeechModel) -> [Word] {
        var words: [Word] = []
        var start = 0
        for end in tokens.indices {
            let bytes = model.bytes(of: Array(tokens[start...end]))
            let text = String(validating: bytes, as: UTF8.self)
            guard text != nil || bytes.count >= longestCharacter || end == tokens.count - 1 else { continue }
            words.append(
                Word(text: text ?? String(decoding: bytes, as: UTF8.self), tokenCount: end - start + 1))
            start = end + 1
        }
        return words
    }

    /// Scripts that set no spaces: those from Thai to Khmer, kana and ideographs.
    private static func isIdeographic(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF,
                0x20000...0x3FFFF:
                true
            default: false
            }
        }
    }
}
