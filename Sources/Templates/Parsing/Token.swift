/// A piece of a template's source.
struct Token {
    enum Kind: Equatable {
        /// Text between the tags.
        case data
        case name
        case string
        case integer(Int)
        case float(Double)
        case symbol(Symbol)
        case blockBegin, blockEnd
        case variableBegin, variableEnd
        case end
    }

    enum Symbol: String, CaseIterable {
        // Longer ones first: the lexer takes the first that fits.
        case power = "**"
        case floorDivide = "//"
        case equal = "=="
        case notEqual = "!="
        case greaterEqual = ">="
        case lessEqual = "<="
        case plus = "+"
        case minus = "-"
        case divide = "/"
        case multiply = "*"
        case modulo = "%"
        case tilde = "~"
        case leftBracket = "["
        case rightBracket = "]"
        case leftParenthesis = "("
        case rightParenthesis = ")"
        case leftBrace = "{"
        case rightBrace = "}"
        case greater = ">"
        case less = "<"
        case assign = "="
        case dot = "."
        case colon = ":"
        case pipe = "|"
        case comma = ","
        case semicolon = ";"

        /// The closing bracket of an opening one.
        var closing: Symbol? {
            switch self {
            case .leftBracket: .rightBracket
            case .leftParenthesis: .rightParenthesis
            case .leftBrace: .rightBrace
            default: nil
            }
        }
    }

    let kind: Kind
    /// Of data, names and strings.
    var text = ""
    let line: Int

    /// How messages show it.
    var description: String {
        switch kind {
        case .data: "text"
        case .name: text.quoted
        case .string: "a string"
        case .integer, .float: "a number"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .blockBegin: "'{%'"
        case .blockEnd: "'%}'"
        case .variableBegin: "'{{'"
        case .variableEnd: "'}}'"
        case .end: "the end of the template"
        }
    }
}
