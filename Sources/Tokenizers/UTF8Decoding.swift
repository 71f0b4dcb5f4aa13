/// One scalar of a byte sequence, or one byte that belongs to none.
struct DecodedScalar {
    /// The code point; U+FFFD for a byte that is not part of well-formed UTF-8.
    let value: UInt32
    /// The number of bytes it takes; one for an ill-formed byte.
    let length: Int
}

extension Span<UInt8> {
    /// The scalar that begins at `start`, which must be below `end`; bytes from `end` on are not looked at.
    ///
    /// - Source: The Unicode Standard, table 3-7 (well-formed UTF-8 byte sequences).
    @inline(__always)
    func decodeScalar(at start: Int, end: Int) -> DecodedScalar {
        let lead = self[start]
        if lead < 0x80 { return DecodedScalar(value: UInt32(lead), length: 1) }
        return decodeLongScalar(lead, at: start, end: end)
    }

    private func decodeLongScalar(_ lead: UInt8, at start: Int, end: Int) -> DecodedScalar {
        let illFormed = DecodedScalar(value: 0xFFFD, length: 1)
        guard let form = UTF8Form(lead: lead), form.length <= end - start, form.second.contains(self[start + 1]) else {
            return illFormed
        }
        var value = form.leadBits << 6 | UInt32(self[start + 1] & 0x3F)
        for i in start + 2..<max(start + 2, start + form.length) {
            guard self[i] & 0xC0 == 0x80 else { return illFormed }
            value = value << 6 | UInt32(self[i] & 0x3F)
        }
        return DecodedScalar(value: value, length: form.length)
    }
}

/// The form of a sequence of two to four bytes, by its first byte.
struct UTF8Form {
    /// The number of bytes in the sequence.
    let length: Int
    /// The bits of the code point that the first byte carries.
    let leadBits: UInt32
    /// Which second bytes are allowed; the later ones are always 80 to BF.
    let second: ClosedRange<UInt8>

    /// The form of a sequence that begins with `lead`; none begins with a byte that cannot.
    init?(lead: UInt8) {
        switch lead {
        case 0xC2...0xDF: (length, leadBits, second) = (2, UInt32(lead & 0x1F), 0x80...0xBF)
        case 0xE0: (length, leadBits, second) = (3, 0, 0xA0...0xBF)
        case 0xED: (length, leadBits, second) = (3, 0xD, 0x80...0x9F)
        case 0xE1...0xEF: (length, leadBits, second) = (3, UInt32(lead & 0x0F), 0x80...0xBF)
        case 0xF0: (length, leadBits, second) = (4, 0, 0x90...0xBF)
        case 0xF1...0xF3: (length, leadBits, second) = (4, UInt32(lead & 0x07), 0x80...0xBF)
        case 0xF4: (length, leadBits, second) = (4, 4, 0x80...0x8F)
        default: return nil
        }
    }
}

extension Span<UInt8> {
    /// The number of bytes at the end, at most three, that begin a character which more bytes could complete.
    package var incompleteTailLength: Int {
        for length in 1...3 where length <= count {
            let start = count - length
            guard self[start] & 0xC0 != 0x80 else { continue }
            guard let form = UTF8Form(lead: self[start]), form.length > length else { return 0 }
            return length == 1 || form.second.contains(self[start + 1]) ? length : 0
        }
        return 0
    }
}
