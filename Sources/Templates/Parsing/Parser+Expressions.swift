/// Precedence, weakest first: `if else`, `or`, `and`, `not`, comparisons and `in`, `+ -`, `~`, `* / // %`, `**`,
/// signs, then what follows an operand: `.x`, `[x]`, `(x)`, `| filter`, `is test`. All operators take the left first.
extension Parser {
    mutating func parseExpression(withCondition: Bool = true) throws(TemplateError) {
        try enter()
        defer { leave() }
        guard withCondition else { return try parseLogic(.or) }
        let start = program.code.count
        let failures = program.errors.count
        // Whether it is reached is known after it.
        conditions += 1
        try parseLogic(.or)
        conditions -= 1
        if !isName("if"), conditions == 0, program.errors.count > failures { throw program.errors[failures] }
        var wraps = 0
        conditions += 1
        defer { conditions -= 1 }
        while skip("if") {
            try enter()
            wraps += 1
            // The condition comes first in the code.
            let value = cut(from: start)
            try parseLogic(.or)
            let otherwise = emit(.jumpIfFalse(0))
            emit(value)
            let end = emit(.jump(0))
            land(otherwise)
            if skip("else") { try parseExpression() } else { emit(.undefined) }
            land(end)
        }
        for _ in 0..<wraps { leave() }
    }

    private enum Logic: Int {
        case or, and
        var word: String { self == .or ? "or" : "and" }
    }

    private mutating func parseLogic(_ logic: Logic) throws(TemplateError) {
        if logic == .or { try parseLogic(.and) } else { try parseNot() }
        while skip(logic.word) {
            let end = emit(logic == .or ? .jumpIfTrueElsePop(0) : .jumpIfFalseElsePop(0))
            if logic == .or { try parseLogic(.and) } else { try parseNot() }
            land(end)
        }
    }

    private mutating func parseNot() throws(TemplateError) {
        var count = 0
        while skip("not") { count += 1 }
        try parseComparison()
        // `not not x` is a boolean, too.
        if count > 0 { emit(.not) }
        if count > 0, count % 2 == 0 { emit(.not) }
    }

    private mutating func comparison() -> Comparison? {
        switch current.kind {
        case .symbol(.equal): advance(); return .equal
        case .symbol(.notEqual): advance(); return .notEqual
        case .symbol(.less): advance(); return .less
        case .symbol(.lessEqual): advance(); return .lessEqual
        case .symbol(.greater): advance(); return .greater
        case .symbol(.greaterEqual): advance(); return .greaterEqual
        default: break
        }
        if skip("in") { return .isIn }
        guard isName("not"), next.kind == .name, next.text == "in" else { return nil }
        advance()
        advance()
        return .isNotIn
    }

    private mutating func parseComparison() throws(TemplateError) {
        try parseArithmetic(.sum)
        guard var operation = comparison() else { return }
        var chains: [Int] = []
        try parseArithmetic(.sum)
        while let following = comparison() {
            chains.append(emit(.chain(operation, 0)))
            operation = following
            try parseArithmetic(.sum)
        }
        emit(.compare(operation))
        for place in chains { land(place) }
    }

    private enum Arithmetic: Int {
        case sum, concatenation, product, power, sign
        var stronger: Arithmetic { Arithmetic(rawValue: rawValue + 1) ?? .sign }

        func binary(_ symbol: Token.Symbol) -> BinaryOperator? {
            switch (self, symbol) {
            case (.sum, .plus), (.sum, .minus), (.product, .multiply), (.product, .divide), (.product, .floorDivide),
                (.product, .modulo), (.power, .power):
                BinaryOperator(rawValue: symbol.rawValue)
            default: nil
            }
        }
    }

    private mutating func parseArithmetic(_ weakest: Arithmetic) throws(TemplateError) {
        try parseSigned()
        if weakest == .sign { return }
        // From the strongest level down, each takes in turn what the one before has left over.
        var level = Arithmetic.power
        while true {
            if level == .concatenation {
                var parts = 1
                while skip(.tilde) {
                    try parseArithmetic(.product)
                    parts += 1
                }
                if parts > 1 { emit(.concatenate(parts)) }
            } else {
                while case .symbol(let symbol) = current.kind, let operation = level.binary(symbol) {
                    advance()
                    try parseArithmetic(level.stronger)
                    emit(.binary(operation))
                }
            }
            guard level.rawValue > weakest.rawValue, let weaker = Arithmetic(rawValue: level.rawValue - 1) else {
                return
            }
            level = weaker
        }
    }

    private mutating func parseSigned() throws(TemplateError) {
        var signs: [Token.Symbol] = []
        while case .symbol(let symbol) = current.kind, symbol == .minus || symbol == .plus {
            signs.append(symbol)
            advance()
        }
        try parsePrimary()
        try parsePostfix()
        for sign in signs.reversed() { emit(sign == .minus ? .negate : .plus) }
        // A filter applies to the number with its sign.
        try parseFilters()
    }

    // MARK: - Operands

    private mutating func parsePrimary() throws(TemplateError) {
        let token = current
        switch token.kind {
        case .name:
            advance()
            switch token.text {
            case "true", "True": emit(.constant(constant(.bool(true))))
            case "false", "False": emit(.constant(constant(.bool(false))))
            case "none", "None": emit(.constant(constant(.none)))
            case "self": throw unsupported("the variable 'self'")
            default:
                note(loaded: token.text)
                emit(.load(name(token.text)))
            }
        case .string:
            var text = ""
            while current.kind == .string {
                text += current.text
                advance()
            }
            emit(.constant(constant(.text(text))))
        case .integer(let value):
            advance()
            emit(.constant(constant(.int(value))))
        case .float(let value):
            advance()
            emit(.constant(constant(.float(value.bitPattern))))
        case .symbol(.leftParenthesis):
            advance()
            try parseTuple(mayBeEmpty: true)
            try expect(.rightParenthesis)
        case .symbol(.leftBracket):
            advance()
            let count = try parseItems(until: .rightBracket) { parser throws(TemplateError) in
                try parser.parseExpression()
            }
            emit(.list(count))
        case .symbol(.leftBrace):
            advance()
            let count = try parseItems(until: .rightBrace) { parser throws(TemplateError) in
                try parser.parseExpression()
                try parser.expect(.colon)
                try parser.parseExpression()
            }
            emit(.dictionary(count))
        default: throw unexpected("an expression")
        }
    }

    /// Items with commas between them, and maybe one after them, and the closing bracket.
    private mutating func parseItems(
        until end: Token.Symbol, _ parse: (inout Parser) throws(TemplateError) -> Void
    ) throws(TemplateError) -> Int {
        var count = 0
        while !isSymbol(end) {
            if count > 0 { try expect(.comma) }
            if isSymbol(end) { break }
            try parse(&self)
            count += 1
        }
        advance()
        return count
    }

    /// One expression, or a tuple of several without parentheses around them.
    mutating func parseTuple(
        withCondition: Bool = true, mayBeEmpty: Bool = false, endsAt word: String? = nil
    ) throws(TemplateError) {
        func isEnd(_ parser: Parser) -> Bool {
            switch parser.current.kind {
            case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
            default: word.map { parser.isName($0) } ?? false
            }
        }
        var count = 0
        var isTuple = false
        while true {
            if count > 0 { try expect(.comma) }
            if isEnd(self) { break }
            try parseExpression(withCondition: withCondition)
            count += 1
            guard isSymbol(.comma) else { break }
            isTuple = true
        }
        if !isTuple, count == 1 { return }
        guard isTuple || mayBeEmpty else { throw unexpected("an expression") }
        emit(.tuple(count))
    }

    // MARK: - What follows an operand

    private mutating func parsePostfix() throws(TemplateError) {
        while true {
            switch current.kind {
            case .symbol(.dot):
                advance()
                let token = current
                advance()
                switch token.kind {
                case .name: emit(.attribute(name(token.text)))
                case .integer(let value):
                    emit(.constant(constant(.int(value))))
                    emit(.item)
                default: throw fail("expected a name or a number after '.'")
                }
            case .symbol(.leftBracket):
                advance()
                try parseSubscript()
            case .symbol(.leftParenthesis):
                let shape = try parseArguments()
                emit(.call(shape))
            default: return
            }
        }
    }

    private mutating func parseSubscript() throws(TemplateError) {
        var bounds = 0
        var values = 0
        let none = constant(.none)
        var isGiven = false
        while !isSymbol(.rightBracket) {
            if skip(.colon) {
                guard bounds < 2, values == 0 else { throw unexpected("']'") }
                if !isGiven { emit(.constant(none)) }
                isGiven = false
                bounds += 1
            } else if isSymbol(.comma) {
                guard isGiven, bounds == 0 else { throw unsupported("an index of several slices") }
                advance()
                values += 1
                isGiven = false
            } else {
                guard !isGiven else { throw unexpected("']'") }
                try parseExpression()
                isGiven = true
            }
        }
        advance()
        if bounds == 0 {
            guard isGiven || values > 0 else { throw unsupported("an empty index") }
            guard isGiven else { throw unexpected("an expression") }
            if values > 0 { emit(.tuple(values + 1)) }
            emit(.item)
            return
        }
        for _ in bounds + (isGiven ? 1 : 0)..<3 { emit(.constant(none)) }
        emit(.slice)
    }

    /// The arguments of a call, from its parenthesis on.
    private mutating func parseArguments() throws(TemplateError) -> Int {
        try expect(.leftParenthesis)
        var shape = CallShape()
        _ = try parseItems(until: .rightParenthesis) { parser throws(TemplateError) in
            guard !shape.hasDictionary else { throw parser.fail("nothing comes after '**' in a call") }
            if parser.skip(.power) {
                shape.hasDictionary = true
            } else if parser.skip(.multiply) {
                guard shape.list == nil else { throw parser.fail("a call has one '*' at most") }
                shape.list = shape.keywords.count
            } else if parser.current.kind == .name, parser.next.kind == .symbol(.assign) {
                let name = parser.current.text
                guard !shape.keywords.contains(name) else {
                    throw parser.fail("the argument \(name.quoted) is given twice")
                }
                shape.keywords.append(name)
                guard shape.keywords.count <= 64 else { throw parser.unsupported("a call with more than 64 arguments") }
                parser.advance()
                parser.advance()
            } else {
                guard shape.keywords.isEmpty, shape.list == nil else {
                    throw parser.fail("arguments with names come after those without")
                }
                shape.positional += 1
            }
            try parser.parseExpression()
        }
        return self.shape(shape)
    }

    private mutating func parseFilters() throws(TemplateError) {
        while true {
            if isSymbol(.pipe) {
                advance()
                try parseFilter()
            } else if isName("is") {
                try parseTest()
            } else if isSymbol(.leftParenthesis) {
                emit(.call(try parseArguments()))
            } else {
                return
            }
        }
    }

    private mutating func dottedName() throws(TemplateError) -> String {
        var name = try expectName()
        while skip(.dot) { name += try "." + expectName() }
        return name
    }

    /// A filter without its `|`; its operand is on the stack.
    mutating func parseFilter() throws(TemplateError) {
        let line = current.line
        let word = try dottedName()
        let shape = isSymbol(.leftParenthesis) ? try parseArguments() : self.shape(CallShape())
        if let filter = Filter(rawValue: word) {
            emit(.filter(filter, shape: shape))
        } else {
            try emitFailure(Filter.unknown(word).at(line))
        }
    }

    private mutating func parseTest() throws(TemplateError) {
        advance()
        let isNegated = skip("not")
        let line = current.line
        let word = try dottedName()
        var shape = self.shape(CallShape())
        switch current.kind {
        case .symbol(.leftParenthesis): shape = try parseArguments()
        case .name where ["else", "or", "and"].contains(current.text): break
        case .name, .string, .integer, .float, .symbol(.leftBracket), .symbol(.leftBrace):
            if isName("is") { throw fail("two tests in a row: put 'and' between them") }
            try parsePrimary()
            try parsePostfix()
            shape = self.shape(CallShape(positional: 1))
        default: break
        }
        if let test = ValueTest(rawValue: word) {
            emit(.test(test, shape: shape))
        } else {
            try emitFailure(ValueTest.unknown(word).at(line))
        }
        if isNegated { emit(.not) }
    }
}
