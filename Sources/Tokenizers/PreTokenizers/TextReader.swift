/// Reads characters with their class, by byte offset, within limits.
///
/// A byte that is not part of well-formed UTF-8 reads as U+FFFD of length one: it is classified as that character, and
/// stays in the text as it is.
struct TextReader: ~Escapable {
    private let bytes: Span<UInt8>
    /// The offset at which the text begins for this reader.
    let start: Int
    /// The offset at which the text ends for this reader.
    let end: Int

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, start: Int, end: Int) {
        self.bytes = bytes
        self.start = start
        self.end = end
    }

    func byte(at offset: Int) -> UInt8 { bytes[offset] }

    /// The character at byte `offset`; nothing from the end on.
    @inline(__always)
    func character(at offset: Int) -> TextCharacter? {
        guard offset < end else { return nil }
        let scalar = bytes.decodeScalar(at: offset, end: end)
        return TextCharacter(
            value: scalar.value, class: CharacterClass(of: scalar.value), next: offset + scalar.length)
    }

    /// The character that ends at byte `offset`; nothing at the start.
    func character(before offset: Int) -> TextCharacter? {
        guard offset > start else { return nil }
        for length in 1...4 where offset - length >= start {
            if let character = character(at: offset - length), character.next == offset,
                length > 1 || bytes[offset - 1] < 0x80
            {
                return character
            }
        }
        return character(at: offset - 1)
    }

    /// The offset after the longest run, from `offset` on, of characters that satisfy `condition`, of at most `limit`.
    @inline(__always)
    func skip(from offset: Int, limit: Int = .max, while condition: (TextCharacter) -> Bool) -> Int {
        var offset = offset
        var count = 0
        while count < limit, let character = character(at: offset), condition(character) {
            offset = character.next
            count += 1
        }
        return offset
    }
}

struct TextCharacter {
    let value: UInt32
    let `class`: CharacterClass
    /// The byte offset of the character after it.
    let next: Int

    func isASCII(_ scalar: Unicode.Scalar) -> Bool { value == scalar.value }

    var isLineBreak: Bool { value == 0x0A || value == 0x0D }

    /// `\p{L}`
    var isLetter: Bool {
        switch self.class {
        case .uppercase, .lowercase, .caseless: true
        default: false
        }
    }

    /// `[\p{L}\p{M}]`
    var isLetterOrMark: Bool { isLetter || self.class == .mark }

    /// `\p{N}`
    var isNumber: Bool { self.class == .digit || self.class == .otherNumber }

    /// `\s`
    var isWhitespace: Bool { self.class == .whitespace }

    /// `[^\s\p{L}\p{N}]`
    var isNeitherWordNorSpace: Bool {
        switch self.class {
        case .mark, .punctuation, .symbol, .other: true
        default: false
        }
    }

    /// `[\p{P}\p{S}]`
    var isPunctuationOrSymbol: Bool { self.class == .punctuation || self.class == .symbol }

    /// Punctuation, with ASCII's symbols: what Hugging Face's `Punctuation` cuts at.
    var isPunctuation: Bool { self.class == .punctuation || (self.class == .symbol && value < 0x80) }

    /// `[A-Za-z]`
    var isASCIILetter: Bool { value < 0x80 && isLetter }
}
