/// Turns a template's source into code, in one pass and without a tree: nothing can be nested too deep to be freed.
///
/// Names in a block that is not reached need not be known, so that a template may ask for what it needs.
struct Parser {
    let tokens: [Token]
    let limits: TemplateLimits
    var index = 0
    var program = Program()
    /// Blocks and parentheses around the current token.
    private var nesting = 0
    /// `if` blocks around the current token.
    var conditions = 0
    /// The blocks around the current token, outermost first.
    var blocks: [Block] = []
    /// Names used by the macros around the current token besides their parameters, outermost first.
    var macros: [MacroUse] = []
    private var constantIndex: [Program.Constant: Int] = [:]
    private var nameIndex: [String: Int] = [:]
    private var shapeIndex: [CallShape: Int] = [:]

    /// A block that `break`, `continue` or `macro` asks about.
    enum Block {
        case scope
        case capture
        case macro
        /// With the places of jumps to its next turn and to its end.
        case loop(continues: [Int], breaks: [Int])
    }

    static func program(of source: String, _ limits: TemplateLimits) throws(TemplateError) -> Program {
        guard source.utf8.count <= limits.sourceBytes else {
            throw Meter.exhausted("\(limits.sourceBytes) bytes of source", "sourceBytes")
        }
        var parser = Parser(tokens: try Lexer.tokens(of: source), limits: limits)
        try parser.parseBody(until: [])
        return parser.program
    }

    private init(tokens: [Token], limits: TemplateLimits) {
        self.tokens = tokens
        self.limits = limits
    }

    // MARK: - Tokens

    var current: Token { tokens[index] }
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }

    /// The last token is the end of the template, and stays current.
    mutating func advance() { index = min(index + 1, tokens.count - 1) }

    func isSymbol(_ symbol: Token.Symbol) -> Bool { current.kind == .symbol(symbol) }
    func isName(_ name: String) -> Bool { current.kind == .name && current.text == name }

    mutating func skip(_ symbol: Token.Symbol) -> Bool {
        guard isSymbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func skip(_ name: String) -> Bool {
        guard isName(name) else { return false }
        advance()
        return true
    }

    mutating func expect(_ kind: Token.Kind, _ what: String) throws(TemplateError) {
        guard current.kind == kind else { throw unexpected(what) }
        advance()
    }

    mutating func expect(_ symbol: Token.Symbol) throws(TemplateError) {
        try expect(.symbol(symbol), "'\(symbol.rawValue)'")
    }

    mutating func expectName(_ what: String = "a name") throws(TemplateError) -> String {
        let token = current
        try expect(.name, what)
        return token.text
    }

    func unexpected(_ expected: String) -> TemplateError {
        fail("expected \(expected), found \(current.description)")
    }

    func fail(_ message: String) -> TemplateError { TemplateError(.syntax, message, line: current.line) }

    func unsupported(_ what: String) -> TemplateError { TemplateError.unsupported(what).at(current.line) }

    // MARK: - Nesting

    mutating func enter() throws(TemplateError) {
        nesting += 1
        guard nesting > limits.nesting else { return }
        throw Meter.exhausted("\(limits.nesting) blocks and parentheses within one another", "nesting")
            .at(current.line)
    }

    mutating func leave() { nesting -= 1 }

    // MARK: - Code

    @discardableResult
    mutating func emit(_ instruction: Instruction) -> Int {
        program.code.append(instruction)
        program.lines.append(current.line)
        return program.code.count - 1
    }

    mutating func emit(_ fragment: Fragment) {
        program.code += fragment.code
        program.lines += fragment.lines
    }

    /// Takes the code from `start` on away, to be put elsewhere.
    mutating func cut(from start: Int) -> Fragment {
        let fragment = Fragment(
            code: Array(program.code[start...]), lines: Array(program.lines[start...]))
        program.code.removeSubrange(start...)
        program.lines.removeSubrange(start...)
        return fragment
    }

    struct Fragment {
        var code: [Instruction] = []
        var lines: [Int] = []
    }

    /// Lets the jump at `place` lead to the end of the code.
    mutating func land(_ place: Int) { land(place, at: program.code.count) }

    mutating func land(_ place: Int, at target: Int) {
        let distance = target - place
        switch program.code[place] {
        case .jump: program.code[place] = .jump(distance)
        case .jumpIfFalse: program.code[place] = .jumpIfFalse(distance)
        case .jumpIfFalseElsePop: program.code[place] = .jumpIfFalseElsePop(distance)
        case .jumpIfTrueElsePop: program.code[place] = .jumpIfTrueElsePop(distance)
        case .chain(let comparison, _): program.code[place] = .chain(comparison, distance)
        case .enterLoop: program.code[place] = .enterLoop(distance)
        case .beginRecursiveLoop: program.code[place] = .beginRecursiveLoop(distance)
        case .nextElement: program.code[place] = .nextElement(distance)
        case .nextSelected: program.code[place] = .nextSelected(distance)
        case .parameterGiven(let parameter, _): program.code[place] = .parameterGiven(parameter, distance)
        default: break
        }
    }

    /// Emits a jump back to `target`.
    mutating func emitJump(to target: Int) {
        let place = emit(.jump(0))
        land(place, at: target)
    }

    mutating func constant(_ constant: Program.Constant) -> Int {
        if let index = constantIndex[constant] { return index }
        program.constants.append(constant)
        constantIndex[constant] = program.constants.count - 1
        return program.constants.count - 1
    }

    /// Names that differ in their code points are different, even if Swift holds the strings equal.
    mutating func name(_ name: String) -> Int {
        if let index = nameIndex[name] { return index }
        program.names.append(name)
        nameIndex[name] = program.names.count - 1
        return program.names.count - 1
    }

    mutating func shape(_ shape: CallShape) -> Int {
        if let index = shapeIndex[shape] { return index }
        program.shapes.append(shape)
        shapeIndex[shape] = program.shapes.count - 1
        return program.shapes.count - 1
    }

    /// A name that is unknown: an error at once, unless it may never be reached.
    mutating func emitFailure(_ error: TemplateError) throws(TemplateError) {
        guard conditions > 0 else { throw error }
        program.errors.append(error)
        emit(.fail(program.errors.count - 1))
    }
}
