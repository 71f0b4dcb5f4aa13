/// The expressions that JSON is made of (RFC 8259).
///
/// The digits of numbers are bounded, so that a model cannot lose itself in them.
enum JSONPrimitives {
    static func literal(_ text: String) -> Expression { .bytes(Array(text.utf8)) }

    private static func characters(_ scalars: String) -> Expression {
        .character(scalars.unicodeScalars.map { $0.value...$0.value })
    }

    static let digit = Expression.character([0x30...0x39])

    /// Characters that need no escape within quotes.
    static let plainRanges = complement([0...0x1F, 0x22...0x22, 0x5C...0x5C, 0x7F...0x7F])

    /// Characters with an escape of a backslash and one letter.
    static let escapes: [(character: UInt32, letter: UInt8)] = [
        (0x22, 0x22), (0x5C, 0x5C), (0x2F, 0x2F), (0x08, 0x62), (0x0C, 0x66), (0x0A, 0x6E), (0x0D, 0x72), (0x09, 0x74),
    ]

    /// One character of a string, as it is or escaped; two surrogates are one character.
    static let stringCharacter = Expression.text(.single(TextAutomaton.anyCharacter), quoted: true)

    static func string(atLeast least: Int, atMost most: Int?) -> Expression {
        .sequence([literal("\""), .repetition(stringCharacter, min: least, max: most), literal("\"")])
    }

    static let fraction = Expression.sequence([literal("."), .repetition(digit, min: 1, max: 15)])

    /// Of at most 16 digits, as many as a double holds.
    static let integer = Expression.sequence([
        .repetition(literal("-"), min: 0, max: 1),
        .choice([
            literal("0"), .sequence([.character([0x31...0x39]), .repetition(digit, min: 0, max: 15)]),
        ]),
    ])

    static let number = Expression.sequence([
        integer, .repetition(fraction, min: 0, max: 1),
        .repetition(
            .sequence([
                characters("eE"), .repetition(characters("+-"), min: 0, max: 1), .repetition(digit, min: 1, max: 2),
            ]),
            min: 0, max: 1),
    ])

    static let boolean = Expression.choice([literal("true"), literal("false")])

    // MARK: Arrays and objects

    /// The comma between two items or members, and the white space around it.
    static func comma(_ layout: Layout = Layout()) -> Expression {
        .sequence([layout.beforeMark, literal(","), layout.betweenItems])
    }

    static func member(_ name: Expression, _ value: Expression, _ layout: Layout = Layout()) -> Expression {
        .sequence([name, layout.beforeMark, literal(":"), layout.afterColon, value])
    }
}
