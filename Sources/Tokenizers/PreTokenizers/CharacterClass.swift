/// Character classes of the splitting rules; the comments are the categories of regular expressions.
enum CharacterClass: Sendable {
    /// `\p{Lu}`, `\p{Lt}`
    case uppercase
    /// `\p{Ll}`
    case lowercase
    /// `\p{Lm}`, `\p{Lo}`
    case caseless
    /// `\p{M}`
    case mark
    /// `\p{Nd}`
    case digit
    /// `\p{Nl}`, `\p{No}`
    case otherNumber
    /// `\s`
    case whitespace
    /// `\p{P}`
    case punctuation
    /// `\p{S}`
    case symbol
    /// Controls, format characters, and code points that are not assigned.
    case other

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
        case 0x61...0x7A: .lowercase
        case 0x41...0x5A: .uppercase
        case 0x30...0x39: .digit
        case 0x09...0x0D, 0x20: .whitespace
        case 0x24, 0x2B, 0x3C...0x3E, 0x5E, 0x60, 0x7C, 0x7E: .symbol  // $ + < = > ^ ` | ~
        case 0x21...0x7E: .punctuation
        default: .other
        }
    }

    private static func unicode(_ scalar: Unicode.Scalar) -> CharacterClass {
        switch scalar.properties.generalCategory {
        case .otherLetter, .modifierLetter: .caseless
        case .lowercaseLetter: .lowercase
        case .uppercaseLetter, .titlecaseLetter: .uppercase
        case .nonspacingMark, .spacingMark, .enclosingMark: .mark
        case .decimalNumber: .digit
        case .letterNumber, .otherNumber: .otherNumber
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: .whitespace
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            .punctuation
        case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: .symbol
        default: scalar == "\u{85}" ? .whitespace : .other
        }
    }
}
