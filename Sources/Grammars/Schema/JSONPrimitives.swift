/// The expressions that JSON is made of (RFC 8259).
///
/// Spaces and the digits of numbers are bounded, so that a model cannot lose itself in them.
enum JSONPrimitives {
    static func literal(_ text: String) -> Expression { .bytes(Array(text.utf8)) }

    private static func characters(_ scalars: String) -> Expression {
        .character(scalars.unicodeScalars.map { $0.value...$0.value })
    }

    /// Between values: nothing, a space, or a new line with some indentation.
    static let space = Expression.choice([
        .empty, literal(" "), .sequence([literal("\n"), .repetition(characters(" \t"), min: 0, max: 20)]),
    ])

    static let digit = Expression.character([0x30...0x39])
    private static let hexadecimal = Expression.character([0x30...0x39, 0x41...0x46, 0x61...0x66])

    /// What may stand within quotes as it is.
    static let plainRanges = complement([0...0x1F, 0x22...0x22, 0x5C...0x5C, 0x7F...0x7F])

    /// One character of a string. Surrogates, whose pairs count as one character, have no `\u` form here.
    static let stringCharacter = Expression.choice([
        .character(plainRanges),
        .sequence([
            literal("\\"),
            .choice([
                characters("\"\\/bfnrt"),
                .sequence([
                    literal("u"),
                    .choice([
                        .sequence([
                            .character([0x30...0x39, 0x41...0x43, 0x45...0x46, 0x61...0x63, 0x65...0x66]),
                            .repetition(hexadecimal, min: 3, max: 3),
                        ]),
                        .sequence([
                            characters("dD"), .character([0x30...0x37]), .repetition(hexadecimal, min: 2, max: 2),
                        ]),
                    ]),
                ]),
            ]),
        ]),
    ])

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

    /// Items with commas between them.
    static func list(_ item: Expression, atLeast least: Int, atMost most: Int?) -> Expression {
        if most == 0 { return .empty }
        let more = Expression.sequence([space, literal(","), space, item])
        let some = Expression.sequence([item, .repetition(more, min: max(0, least - 1), max: most.map { $0 - 1 })])
        return least > 0 ? some : .repetition(some, min: 0, max: 1)
    }

    static func array(_ content: Expression) -> Expression {
        .sequence([literal("["), space, content, space, literal("]")])
    }

    static func object(_ content: Expression) -> Expression {
        .sequence([literal("{"), space, content, space, literal("}")])
    }

    static func member(_ name: Expression, _ value: Expression) -> Expression {
        .sequence([name, space, literal(":"), space, value])
    }
}
