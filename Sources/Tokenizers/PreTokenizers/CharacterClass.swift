/// What the splitting rules ask about a character: `\p{L}`, `\p{N}`, `\s`, `\p{P}`, or none of these.
enum CharacterClass: Sendable {
    case letter, number, whitespace, punctuation, other

    /// The class of a code point; anything that is no scalar is `other`.
    init(of value: UInt32) {
        if value < 0x80 {
            self = Self.ascii(UInt8(truncatingIfNeeded: value))
        } else if let scalar = Unicode.Scalar(value) {
            self = Self.unicode(scalar)
        } else {
            self = .other
        }
    }

    private static func ascii(_ byte: UInt8) -> CharacterClass {
        switch byte {
        case 0x41...0x5A, 0x61...0x7A: .letter
        case 0x30...0x39: .number
        case 0x09...0x0D, 0x20: .whitespace
        case 0x24, 0x2B, 0x3C...0x3E, 0x5E, 0x60, 0x7C, 0x7E: .other  // $ + < = > ^ ` | ~ are symbols
        case 0x21...0x7E: .punctuation
        default: .other
        }
    }

    private static func unicode(_ scalar: Unicode.Scalar) -> CharacterClass {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
        case .decimalNumber, .letterNumber, .otherNumber: .number
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: .whitespace
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            .punctuation
        default: scalar == "\u{85}" ? .whitespace : .other
        }
    }
}
