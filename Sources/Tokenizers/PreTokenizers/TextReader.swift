/// Reads characters with their class, by byte offset, up to a limit.
///
/// A byte that is not part of well-formed UTF-8 reads as U+FFFD of length one: it is classified as that character, and
/// stays in the text as it is.
struct TextReader: ~Escapable {
    private let bytes: Span<UInt8>
    /// The offset at which the text ends for this reader.
    let end: Int

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, end: Int) {
        self.bytes = bytes
        self.end = end
    }

    /// The character at byte `offset`; nothing from the end on.
    func character(at offset: Int) -> TextCharacter? {
        guard offset < end else { return nil }
        let scalar = bytes.decodeScalar(at: offset, end: end)
        return TextCharacter(
            value: scalar.value, class: CharacterClass(of: scalar.value), next: offset + scalar.length)
    }

    /// The offset after the longest run, from `offset` on, of characters that satisfy `condition`, of at most `limit`.
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

    var isLineBreak: Bool { isASCII("\r") || isASCII("\n") }

    /// `[^\s\p{L}\p{N}]`
    var isMark: Bool { self.class == .punctuation || self.class == .other }
}
