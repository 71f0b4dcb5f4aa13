extension Parser {
    /// Names that a macro gives its body beside its parameters.
    private static let specialNames: Set<String> = ["caller", "varargs", "kwargs"]

    /// Names that a macro's body uses besides its parameters.
    struct MacroUse {
        var used: Set<String> = []
        /// Names that are parameters, or that the body sets itself before it reads them.
        var stored: Set<String> = []
        var readsCaller = false

        init(_ signature: Signature) { stored = Parser.specialNames.intersection(signature.parameters) }
    }

    /// Notes that a variable is read.
    mutating func note(loaded name: String) {
        guard Self.specialNames.contains(name) else { return }
        for index in macros.indices {
            if name == "caller" { macros[index].readsCaller = true }
            if !macros[index].stored.contains(name) { macros[index].used.insert(name) }
        }
    }

    /// Notes that a variable is set.
    mutating func note(stored name: String) {
        guard Self.specialNames.contains(name) else { return }
        for index in macros.indices { macros[index].stored.insert(name) }
    }

    struct Signature {
        var parameters: [String] = []
        var defaultCount = 0
    }

    /// Parameters, from the parenthesis on; the code fills in defaults.
    private mutating func parseSignature() throws(TemplateError) -> Signature {
        try expect(.leftParenthesis)
        var signature = Signature()
        while !isSymbol(.rightParenthesis) {
            if !signature.parameters.isEmpty { try expect(.comma) }
            let parameter = try expectName("a parameter")
            guard !signature.parameters.contains(parameter) else {
                throw fail("two parameters \(parameter.quoted)")
            }
            guard signature.parameters.count < 64 else { throw unsupported("a macro with more than 64 parameters") }
            signature.parameters.append(parameter)
            note(stored: parameter)
            if skip(.assign) {
                signature.defaultCount += 1
                let given = emit(.parameterGiven(signature.parameters.count - 1, 0))
                try parseExpression()
                emit(.store(name(parameter)))
                land(given)
            } else if signature.defaultCount > 0 {
                throw fail("a parameter without a default comes after one that has it")
            }
        }
        advance()
        return signature
    }

    mutating func parseMacro() throws(TemplateError) {
        advance()
        let word = try expectName("the macro's name")
        let skipBody = emit(.jump(0))
        let entry = program.code.count
        let signature = try parseSignature()
        let index = try parseMacroBody(word, signature, entry: entry, until: "endmacro")
        land(skipBody)
        emit(.macro(index))
        emit(.store(name(word)))
    }

    /// `{% call(parameters) macro(arguments) %}`: the body becomes the argument `caller`.
    mutating func parseCallBlock() throws(TemplateError) {
        advance()
        var signature = Signature()
        var defaults = Fragment()
        if isSymbol(.leftParenthesis) {
            let start = program.code.count
            signature = try parseSignature()
            defaults = cut(from: start)
        }
        let start = program.code.count
        try parseExpression()
        guard case .call(let index) = program.code.last, !endsWithJump(from: start) else {
            throw fail("expected a call in '{% call %}'")
        }
        program.code.removeLast()
        program.lines.removeLast()
        var shape = program.shapes[index]
        guard !shape.keywords.contains("caller") else { throw fail("the argument \"caller\" is given twice") }
        shape.hasCaller = true
        let skipBody = emit(.jump(0))
        let entry = program.code.count
        emit(defaults)
        let body = try parseMacroBody("", signature, entry: entry, until: "endcall")
        land(skipBody)
        emit(.macro(body))
        emit(.call(self.shape(shape)))
        emit(.emit)
    }

    /// Whether a part of the code from `start` on jumps to its end: its last instruction is then not what always ends it.
    private func endsWithJump(from start: Int) -> Bool {
        let end = program.code.count
        return (start..<end).contains { place in
            switch program.code[place] {
            case .jump(let distance), .jumpIfFalse(let distance), .jumpIfFalseElsePop(let distance),
                .jumpIfTrueElsePop(let distance), .chain(_, let distance):
                place + distance == end
            default: false
            }
        }
    }

    /// The body of a macro; gives the number of its definition.
    private mutating func parseMacroBody(
        _ word: String, _ signature: Signature, entry: Int, until end: String
    ) throws(TemplateError) -> Int {
        macros.append(MacroUse(signature))
        blocks.append(.macro)
        _ = try parseBlock(until: [end])
        blocks.removeLast()
        emit(.return)
        let use = macros.removeLast()
        let caller = signature.parameters.firstIndex(of: "caller")
        if let caller, caller < signature.parameters.count - signature.defaultCount, use.readsCaller {
            throw fail("the parameter \"caller\" needs a default")
        }
        program.macros.append(
            MacroDefinition(
                name: word, parameters: signature.parameters.map { name($0) }, parameterNames: signature.parameters,
                caller: use.used.contains("caller") ? name("caller") : nil,
                varargs: use.used.contains("varargs") ? name("varargs") : nil,
                kwargs: use.used.contains("kwargs") ? name("kwargs") : nil, entry: entry))
        return program.macros.count - 1
    }
}
