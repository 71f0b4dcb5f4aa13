extension Parser {
    /// Text, `{{ }}` and blocks, up to a block that begins with one of `words`, which stays current.
    mutating func parseBody(until words: [String]) throws(TemplateError) {
        try enter()
        defer { leave() }
        while true {
            let token = current
            switch token.kind {
            case .data:
                emit(.data(constant(.text(token.text))))
                advance()
            case .variableBegin:
                advance()
                try parseTuple()
                emit(.emit)
                try expect(.variableEnd, "'}}'")
            case .blockBegin:
                advance()
                guard current.kind == .name else { throw unexpected("the name of a block") }
                if words.contains(current.text) { return }
                try parseStatement()
                try expect(.blockEnd, "'%}'")
            case .end:
                guard words.isEmpty else {
                    throw fail("the template ends within a block: add '{% \(words.last ?? "") %}'")
                }
                return
            default: throw unexpected("text or a tag")
            }
        }
    }

    /// The body of a block, from the end of its tag on; the word that ended it is returned and passed over.
    mutating func parseBlock(until words: [String]) throws(TemplateError) -> String {
        _ = skip(.colon)
        try expect(.blockEnd, "'%}'")
        try parseBody(until: words)
        return try expectName()
    }

    private mutating func parseStatement() throws(TemplateError) {
        let word = current.text
        switch word {
        case "for": try parseFor()
        case "if": try parseIf()
        case "set": try parseSet()
        case "macro": try parseMacro()
        case "call": try parseCallBlock()
        case "with": try parseWith()
        case "filter": try parseFilterBlock()
        case "generation":
            // Marks what the model itself says, for training; it is a scope like a macro's.
            advance()
            try parseScope(until: "endgeneration", capturing: true)
            emit(.emit)
        case "print": try parsePrint()
        case "break", "continue": try parseLeap(word)
        case "block", "extends", "include", "import", "from", "autoescape", "do", "trans", "debug":
            throw unsupported("the block '{% \(word) %}'")
        default: throw fail("unknown block '{% \(word.prefix(80)) %}'")
        }
    }

    private mutating func parsePrint() throws(TemplateError) {
        advance()
        var count = 0
        while current.kind != .blockEnd {
            if count > 0 { try expect(.comma) }
            try parseExpression()
            emit(.emit)
            count += 1
        }
    }

    // MARK: - Assignments

    /// An assignment target: a name, a namespace's attribute, or several. The code takes the value from the stack.
    private mutating func parseTarget(
        endsAt word: String? = nil, withNamespace: Bool = false, isLoop: Bool = false
    ) throws(TemplateError) -> Fragment {
        try enter()
        defer { leave() }
        var parts: [Fragment] = []
        var isTuple = false
        while true {
            if let word, isName(word) { break }
            if [.blockEnd, .variableEnd, .symbol(.rightParenthesis)].contains(current.kind) { break }
            parts.append(try parseSingleTarget(withNamespace: withNamespace, isLoop: isLoop))
            guard skip(.comma) else { break }
            isTuple = true
        }
        guard let first = parts.first else { throw unexpected("a name to assign to") }
        if !isTuple { return first }
        var fragment = Fragment(code: [.unpack(parts.count)], lines: [current.line])
        for part in parts {
            fragment.code += part.code
            fragment.lines += part.lines
        }
        return fragment
    }

    private mutating func parseSingleTarget(
        withNamespace: Bool, isLoop: Bool
    ) throws(TemplateError) -> Fragment {
        let line = current.line
        if skip(.leftParenthesis) {
            let fragment = try parseTarget(withNamespace: withNamespace, isLoop: isLoop)
            try expect(.rightParenthesis)
            return fragment
        }
        let word = try expectName("a name to assign to")
        guard !["true", "false", "none", "True", "False", "None"].contains(word) else {
            throw fail("\(word.quoted) cannot be assigned to")
        }
        note(stored: word)
        if isLoop, word == "loop" { throw fail("'loop' cannot be the variable of a loop") }
        if withNamespace, skip(.dot) {
            let attribute = try expectName()
            return Fragment(code: [.storeAttribute(name: name(word), attribute: name(attribute))], lines: [line])
        }
        return Fragment(code: [.store(name(word))], lines: [line])
    }

    private mutating func parseSet() throws(TemplateError) {
        advance()
        let target = try parseTarget(withNamespace: true)
        if skip(.assign) {
            try parseTuple()
            emit(target)
            return
        }
        let start = program.code.count
        while skip(.pipe) { try parseFilter() }
        let filters = cut(from: start)
        try parseScope(until: "endset", capturing: true)
        emit(filters)
        emit(target)
    }

    /// The body of a block with variables of its own, up to and with the word that ends it.
    private mutating func parseScope(until word: String, capturing: Bool) throws(TemplateError) {
        emit(.beginScope)
        if capturing { emit(.beginCapture) }
        blocks.append(capturing ? .capture : .scope)
        _ = try parseBlock(until: [word])
        blocks.removeLast()
        if capturing { emit(.endCapture) }
        emit(.endScope)
    }

    private mutating func parseFilterBlock() throws(TemplateError) {
        advance()
        let start = program.code.count
        repeat { try parseFilter() } while skip(.pipe)
        let filters = cut(from: start)
        try parseScope(until: "endfilter", capturing: true)
        emit(filters)
        emit(.emit)
    }

    private mutating func parseWith() throws(TemplateError) {
        advance()
        var targets: [Fragment] = []
        while current.kind != .blockEnd {
            if !targets.isEmpty { try expect(.comma) }
            let word = try expectName("a name to assign to")
            note(stored: word)
            targets.append(Fragment(code: [.store(name(word))], lines: [current.line]))
            try expect(.assign)
            try parseExpression()
        }
        // All values are found outside of the scope; the last one is on top of the stack.
        emit(.beginScope)
        for target in targets.reversed() { emit(target) }
        blocks.append(.scope)
        _ = try parseBlock(until: ["endwith"])
        blocks.removeLast()
        emit(.endScope)
    }

    // MARK: - Conditions

    private mutating func parseIf() throws(TemplateError) {
        var ends: [Int] = []
        var word = "if"
        while word == "if" || word == "elif" {
            advance(past: word)
            try parseTuple(withCondition: false)
            let otherwise = emit(.jumpIfFalse(0))
            conditions += 1
            word = try parseBlock(until: ["elif", "else", "endif"])
            conditions -= 1
            if word != "endif" { ends.append(emit(.jump(0))) }
            land(otherwise)
        }
        if word == "else" {
            conditions += 1
            _ = try parseBlock(until: ["endif"])
            conditions -= 1
        }
        for place in ends { land(place) }
    }

    /// `if` is still current, `elif` is not.
    private mutating func advance(past word: String) { if word == "if" { advance() } }

    // MARK: - Loops

    private mutating func parseFor() throws(TemplateError) {
        advance()
        let target = try parseTarget(endsAt: "in", isLoop: true)
        guard skip("in") else { throw unexpected("'in'") }
        try parseTuple(withCondition: false, endsAt: "recursive")
        // A recursive loop's code is run like a macro: what it goes through is known before.
        let call = emit(.enterLoop(0))
        let skipLoop = emit(.jump(0))
        let entry = program.code.count
        if skip("if") {
            emit(.beginSelection)
            let top = emit(.nextSelected(0))
            emit(target)
            try parseExpression()
            emit(.select)
            emitJump(to: top)
            land(top)
            emit(.endSelection)
        }
        let isRecursive = skip("recursive")
        if isRecursive {
            land(call, at: entry)
            let begin = emit(.beginRecursiveLoop(0))
            land(begin, at: entry)
            // `break` in its `else` cannot end a loop outside.
            blocks.append(.macro)
            try parseLoopBody(target)
            blocks.removeLast()
            emit(.return)
            land(skipLoop)
            emit(.emit)
        } else {
            let selection = cut(from: entry)
            _ = cut(from: call)
            emit(selection)
            emit(.beginLoop)
            try parseLoopBody(target)
        }
    }

    /// A loop's body and its `else`, with the loop begun.
    private mutating func parseLoopBody(_ target: Fragment) throws(TemplateError) {
        let top = emit(.nextElement(0))
        emit(target)
        blocks.append(.loop(continues: [], breaks: []))
        let word = try parseBlock(until: ["endfor", "else"])
        emit(.completeBody)
        if case .loop(let continues, let breaks) = blocks.removeLast() {
            for place in continues { land(place) }
            emit(.endScope)
            emitJump(to: top)
            for place in breaks { land(place) }
        }
        land(top)
        emit(.endLoop)
        let end = emit(.jumpIfFalse(0))
        if word == "else" { try parseScope(until: "endfor", capturing: false) }
        land(end)
    }

    private mutating func parseLeap(_ word: String) throws(TemplateError) {
        advance()
        var scopes = 0
        for place in blocks.indices.reversed() {
            switch blocks[place] {
            case .scope: scopes += 1
            case .capture, .macro: throw unsupported("'{% \(word) %}' across a block whose text is captured")
            case .loop(var continues, var breaks):
                for _ in 0..<scopes { emit(.endScope) }
                if word == "continue" {
                    continues.append(emit(.jump(0)))
                } else {
                    emit(.endScope)
                    breaks.append(emit(.jump(0)))
                }
                blocks[place] = .loop(continues: continues, breaks: breaks)
                return
            }
        }
        throw fail("'{% \(word) %}' outside of a loop")
    }
}
