/// How BERT cleans text and cuts it into words.
///
/// Control characters and ill-formed bytes are left out; white space divides words; punctuation and CJK ideographs are
/// words each. Accents are stripped by canonical decomposition, and letters become lower case one by one (so that every
/// sigma is the same), as settings have it.
///
/// - Source: github.com/google-research/bert, `tokenization.py` (`BasicTokenizer`); with the tables and the order of
///   steps of github.com/huggingface/tokenizers, `normalizers/bert.rs`.
struct BERTCleaning: Sendable {
    let lowercases: Bool
    let stripsAccents: Bool
    let characters = BERTCharacters.shared
    /// For each ASCII byte: itself or its lower case, or one of the values below.
    let ascii: [UInt8]

    static let removed: UInt8 = 0
    static let space: UInt8 = 1
    static let punctuation: UInt8 = 2

    init(lowercases: Bool, stripsAccents: Bool) {
        self.lowercases = lowercases
        self.stripsAccents = stripsAccents
        let characters = BERTCharacters.shared
        ascii = (0..<128).map { (byte: UInt32) in
            let flags = characters.flags(of: byte)
            if flags.contains(.removed) { return Self.removed }
            if flags.contains(.space) { return Self.space }
            if flags.contains(.punctuation) { return Self.punctuation }
            return UInt8(truncatingIfNeeded: lowercases ? characters.lowercased(byte) : byte)
        }
    }
}

/// Goes through the words of a text.
struct BERTWordReader: ~Escapable {
    private let text: Span<UInt8>
    private let cleaning: BERTCleaning
    private var position = 0

    @_lifetime(copy text)
    init(_ text: Span<UInt8>, _ cleaning: BERTCleaning) {
        self.text = text
        self.cleaning = cleaning
    }

    /// Puts the next word in `word`; returns whether there is one.
    @_lifetime(self: copy self)
    mutating func next(_ word: inout BERTWord) -> Bool {
        word.removeAll()
        while position < text.count {
            let byte = text[position]
            guard byte < 0x80 else {
                if endsWord(&word) { return true }
                continue
            }
            let action = cleaning.ascii[Int(byte)]
            switch action {
            case BERTCleaning.removed: position += 1
            case BERTCleaning.space:
                position += 1
                word.flushMarks()
                if !word.isEmpty { return true }
            case BERTCleaning.punctuation:
                word.flushMarks()
                if !word.isEmpty { return true }
                word.append(ascii: byte)
                position += 1
                return true
            default:
                word.append(ascii: action)
                position += 1
            }
        }
        word.flushMarks()
        return !word.isEmpty
    }

    /// Reads a character beyond ASCII; returns whether the word is complete, for which reason the character may have
    /// been left for the next.
    @_lifetime(self: copy self)
    private mutating func endsWord(_ word: inout BERTWord) -> Bool {
        let scalar = text.decodeScalar(at: position, end: text.count)
        let next = position + scalar.length
        let characters = cleaning.characters
        var character = scalar.value
        var flags = characters.flags(of: character)
        if flags.contains(.removed) {
            position = next
            return false
        }
        let isIdeograph = flags.contains(.ideograph)
        if cleaning.stripsAccents, flags.contains(.decomposed) {
            let rest = characters.decomposition(of: character)
            guard let first = rest.first, rest.count == 1 else {
                position = next
                if rest.isEmpty, !flags.contains(.reordered) { word.flushMarks() }
                for part in rest { append(part, characters.flags(of: part), to: &word) }
                return false
            }
            character = first
            flags = characters.flags(of: character)
        }
        if flags.contains(.space) {
            position = next
            word.flushMarks()
            return !word.isEmpty
        }
        if isIdeograph || flags.contains(.punctuation) {
            word.flushMarks()
            if !word.isEmpty { return true }
            position = next
            append(character, flags, to: &word)
            return true
        }
        position = next
        if cleaning.stripsAccents, flags.contains(.mark) {
            if !flags.contains(.reordered) { word.flushMarks() }
        } else if cleaning.stripsAccents, let jamo = HangulSyllable(character) {
            word.append(jamo.lead)
            word.append(jamo.vowel)
            if let tail = jamo.tail { word.append(tail) }
        } else {
            append(character, flags, to: &word)
        }
        return false
    }

    private func append(_ character: UInt32, _ flags: BERTCharacters.Flags, to word: inout BERTWord) {
        if cleaning.lowercases, flags.contains(.uppercase) {
            guard character != BERTCharacters.dottedI else {
                word.append(0x69)
                return word.append(0x307)
            }
            word.append(cleaning.characters.lowercased(character))
        } else if cleaning.stripsAccents, flags.contains(.reordered) {
            word.append(character, class: cleaning.characters.combiningClass(of: character))
        } else {
            word.append(character)
        }
    }
}

/// The letters of a Korean syllable.
///
/// - Source: The Unicode Standard, section 3.12 (conjoining jamo behaviour).
struct HangulSyllable {
    let lead: UInt32
    let vowel: UInt32
    let tail: UInt32?

    init?(_ character: UInt32) {
        guard character >= 0xAC00, character <= 0xD7A3 else { return nil }
        let index = character - 0xAC00
        lead = 0x1100 + index / (21 * 28)
        vowel = 0x1161 + index / 28 % 21
        tail = index % 28 == 0 ? nil : 0x11A7 + index % 28
    }
}
