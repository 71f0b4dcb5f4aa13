/// The white space that stands between the tokens of JSON.
package enum JSONWhitespace: Sendable {
    /// As printers write it: nothing, a space after a colon or comma, or a line break and an indent.
    case printed
    /// Any that JSON allows (RFC 8259), without end.
    case any
}

/// Where white space stands in JSON, and how much.
package struct Layout: Sendable {
    package var whitespace: JSONWhitespace
    /// How many arrays and objects a place is within, where that is known: it limits the indent.
    package var depth: Int?

    /// The indent of places whose depth is not known.
    private static let unknownDepth = 10
    /// Spaces of an indent, for each level.
    private static let step = 4

    package init(_ whitespace: JSONWhitespace = .printed, depth: Int? = nil) {
        self.whitespace = whitespace
        self.depth = depth
    }

    /// The layout within an array or object.
    var deeper: Layout { Layout(whitespace, depth: depth.map { $0 + 1 }) }

    /// Between an item or a name and the comma or colon after it.
    var beforeMark: Expression { whitespace == .any ? Self.anything : .empty }

    var afterColon: Expression {
        whitespace == .any ? Self.anything : .repetition(.bytes([0x20]), min: 0, max: 1)
    }

    /// After the comma, and the brackets' insides: nothing, a space, or a line break.
    var betweenItems: Expression { whitespace == .any ? Self.anything : lineBreak(within: depth) }

    /// Before the closing bracket, which is indented as what is around it.
    var beforeEnd: Expression {
        whitespace == .any ? Self.anything : lineBreak(within: depth.map { max(0, $0 - 1) })
    }

    private static let anything = Expression.repetition(
        .character([0x09...0x0A, 0x0D...0x0D, 0x20...0x20]), min: 0, max: nil)

    private func lineBreak(within depth: Int?) -> Expression {
        let levels = depth ?? Self.unknownDepth
        let indent = Expression.choice([
            .repetition(.bytes([0x20]), min: 0, max: levels * Self.step),
            .repetition(.bytes([0x09]), min: 1, max: levels),
        ])
        return .choice([.empty, .bytes([0x20]), .sequence([.bytes([0x0A]), levels > 0 ? indent : .empty])])
    }
}
