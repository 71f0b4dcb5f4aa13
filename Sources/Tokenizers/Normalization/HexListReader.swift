/// Reads the lists of ``BERTCharacterData``: hexadecimal numbers with signs between them, entries divided by space.
struct HexListReader {
    private let text: [UInt8]
    private var position = 0

    init(_ list: String) { text = Array(list.utf8) }

    /// Whether the next sign is `sign`; steps over it.
    private mutating func skip(_ sign: Unicode.Scalar) -> Bool {
        guard position < text.count, UInt32(text[position]) == sign.value else { return false }
        position += 1
        return true
    }

    private mutating func digits() -> UInt32? {
        var value: UInt32?
        while position < text.count {
            let digit: UInt8
            switch text[position] {
            case 0x30...0x39: digit = text[position] - 0x30
            case 0x41...0x46: digit = text[position] - 0x41 + 10
            default: return value
            }
            value = (value ?? 0) << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private mutating func skipSpace() {
        while position < text.count, text[position] <= 0x20 { position += 1 }
    }

    /// `41:`
    mutating func nextNumber() -> UInt32? {
        skipSpace()
        guard let value = digits(), skip(":") else { return nil }
        return value
    }

    /// `41` or `41-5A`
    mutating func nextRange() -> (first: UInt32, last: UInt32)? {
        skipSpace()
        guard let first = digits() else { return nil }
        return (first, skip("-") ? digits() ?? first : first)
    }

    /// `41,42`, or nothing.
    mutating func nextSequence() -> [UInt32] {
        var sequence: [UInt32] = []
        while let value = digits() {
            sequence.append(value)
            guard skip(",") else { break }
        }
        return sequence
    }

    /// `41:42`, `41-5A:61`, `100-12E/2:101`: the characters from first to last, by steps, and the lower case of the first.
    mutating func nextCaseRun() -> CaseRun? {
        guard let range = nextRange() else { return nil }
        let step = skip("/") ? digits() ?? 1 : 1
        guard skip(":"), let lowercase = digits(), step > 0 else { return nil }
        return CaseRun(first: range.first, last: range.last, step: step, difference: lowercase &- range.first)
    }
}
