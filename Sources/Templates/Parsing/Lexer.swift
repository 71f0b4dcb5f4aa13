/// Cuts a template's source into tokens, with Jinja's `trim_blocks` and `lstrip_blocks`:
///
/// - a line break after `%}` or `#}` goes away, and so does white space between a line's beginning and `{%` or `{#`;
/// - `-` inside a tag takes away all white space on its side, `+` keeps what would go away;
/// - `\r\n` and `\r` count as `\n`, and a line break at the very end of the source goes away.
struct Lexer {
    /// All code points, and a sentinel at the end.
    let source: [Unicode.Scalar]
    let end: Int
    var position = 0
    var line = 1
    var tokens: [Token] = []
    /// Whether the tag before ended with a line break, or there was none.
    private var isLineStart = true

    static func tokens(of source: String) throws(TemplateError) -> [Token] {
        var lexer = Lexer(source)
        try lexer.run()
        return lexer.tokens
    }

    private init(_ source: String) {
        var scalars: [Unicode.Scalar] = []
        var afterReturn = false
        for scalar in source.unicodeScalars {
            if scalar == "\r" {
                scalars.append("\n")
            } else if scalar != "\n" || !afterReturn {
                scalars.append(scalar)
            }
            afterReturn = scalar == "\r"
        }
        if scalars.last == "\n" { scalars.removeLast() }
        end = scalars.count
        scalars.append("\0")
        self.source = scalars
    }

    // MARK: - Reading

    func peek(_ offset: Int = 0) -> Unicode.Scalar { position + offset < end ? source[position + offset] : "\0" }

    func starts(with text: StaticString, at offset: Int) -> Bool {
        let width = text.utf8CodeUnitCount
        guard offset + width <= end else { return false }
        return text.description.unicodeScalars.elementsEqual(source[offset..<offset + width])
    }

    mutating func advance(to offset: Int) {
        for i in position..<offset where source[i] == "\n" { line += 1 }
        position = offset
    }

    private func endOfSpace(from offset: Int) -> Int {
        var offset = offset
        while offset < end, isPythonSpace(source[offset]) { offset += 1 }
        return offset
    }

    func fail(_ message: String) -> TemplateError { TemplateError(.syntax, message, line: line) }

    // MARK: - Text between tags

    private mutating func run() throws(TemplateError) {
        while position < end {
            let start = position
            var tag = start
            while tag < end, !(source[tag] == "{" && ["%", "{", "#"].contains(source[tag + 1]) && tag + 1 < end) {
                tag += 1
            }
            guard tag < end else {
                append(.data, start..<end)
                break
            }
            let isVariable = source[tag + 1] == "{"
            appendData(start..<tag, sign: tag + 2 < end ? source[tag + 2] : " ", isVariable: isVariable)
            advance(to: tag)
            if !isVariable, let body = beginOfRaw(at: tag) {
                try raw(body)
            } else if source[tag + 1] == "#" {
                try comment()
            } else {
                tokens.append(Token(kind: isVariable ? .variableBegin : .blockBegin, line: line))
                let sign = tag + 2 < end ? source[tag + 2] : " "
                advance(to: tag + (sign == "-" || sign == "+" ? 3 : 2))
                try tagBody(isVariable: isVariable)
            }
        }
        tokens.append(Token(kind: .end, line: line))
    }

    private mutating func append(_ kind: Token.Kind, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        var text = ""
        text.unicodeScalars.append(contentsOf: source[range])
        tokens.append(Token(kind: kind, text: text, line: line))
    }

    /// The text before a tag, without the white space that the tag takes away.
    private mutating func appendData(_ range: Range<Int>, sign: Unicode.Scalar, isVariable: Bool) {
        var high = range.upperBound
        if sign == "-" {
            while high > range.lowerBound, isPythonSpace(source[high - 1]) { high -= 1 }
        } else if sign != "+", !isVariable {
            var lineStart = high
            while lineStart > range.lowerBound, source[lineStart - 1] != "\n" { lineStart -= 1 }
            if lineStart > range.lowerBound || isLineStart, source[lineStart..<high].allSatisfy(isPythonSpace) {
                high = lineStart
            }
        }
        append(.data, range.lowerBound..<high)
    }

    /// After the end of a tag or comment that began at `position`.
    private mutating func finishTag(at offset: Int) {
        isLineStart = source[offset - 1] == "\n"
        advance(to: offset)
    }

    /// The end of a closing `%}`, `}}` or `#}` with its sign and the white space that it takes away, if one is here.
    private func closing(_ mark: StaticString, at offset: Int, signs: Bool = true, trims: Bool = true) -> Int? {
        if source[offset] == "-", starts(with: mark, at: offset + 1) { return endOfSpace(from: offset + 3) }
        if signs, source[offset] == "+", starts(with: mark, at: offset + 1) { return offset + 3 }
        guard starts(with: mark, at: offset) else { return nil }
        return trims && source[offset + 2] == "\n" && offset + 2 < end ? offset + 3 : offset + 2
    }

    private mutating func comment() throws(TemplateError) {
        let sign = peek(2)
        var offset = position + (sign == "-" || sign == "+" ? 3 : 2)
        while offset < end {
            if let next = closing("#}", at: offset) { return finishTag(at: next) }
            offset += 1
        }
        throw fail("a comment is not closed: add '#}'")
    }

    // MARK: - Raw

    /// The end of `{% raw %}`, if it is here.
    private func beginOfRaw(at tag: Int) -> Int? {
        guard source[tag + 1] == "%" else { return nil }
        var offset = tag + 2
        if offset < end, source[offset] == "-" || source[offset] == "+" { offset += 1 }
        offset = endOfSpace(from: offset)
        guard starts(with: "raw", at: offset) else { return nil }
        offset = endOfSpace(from: offset + 3)
        return closing("%}", at: offset, signs: false, trims: false)
    }

    private mutating func raw(_ body: Int) throws(TemplateError) {
        finishTag(at: body)
        var tag = body
        while tag < end {
            if starts(with: "{%", at: tag) {
                var offset = tag + 2
                let sign = source[offset]
                if offset < end, sign == "-" || sign == "+" { offset += 1 }
                offset = endOfSpace(from: offset)
                if starts(with: "endraw", at: offset),
                    let next = closing("%}", at: endOfSpace(from: offset + 6))
                {
                    appendData(body..<tag, sign: sign, isVariable: false)
                    return finishTag(at: next)
                }
            }
            tag += 1
        }
        throw fail("a raw block is not closed: add '{% endraw %}'")
    }

    // MARK: - Inside a tag

    private mutating func tagBody(isVariable: Bool) throws(TemplateError) {
        var open: [Token.Symbol] = []
        while position < end {
            let next =
                isVariable
                ? closing("}}", at: position, signs: false, trims: false) : closing("%}", at: position)
            if open.isEmpty, let next {
                tokens.append(Token(kind: isVariable ? .variableEnd : .blockEnd, line: line))
                return finishTag(at: next)
            }
            if isPythonSpace(peek()) {
                advance(to: endOfSpace(from: position))
            } else {
                if try number() { continue }
                if name() { continue }
                if try string() { continue }
                try symbol(&open)
            }
        }
    }

    private mutating func name() -> Bool {
        guard peek() == "_" || peek().properties.isXIDStart else { return false }
        let start = position
        while position < end, peek() == "_" || peek().properties.isXIDContinue { position += 1 }
        append(.name, start..<position)
        return true
    }

    private mutating func symbol(_ open: inout [Token.Symbol]) throws(TemplateError) {
        for symbol in Token.Symbol.allCases {
            let text = symbol.rawValue.unicodeScalars
            guard position + text.count <= end, text.elementsEqual(source[position..<position + text.count]) else {
                continue
            }
            if let closing = symbol.closing {
                open.append(closing)
            } else if [.rightBracket, .rightParenthesis, .rightBrace].contains(symbol) {
                guard open.popLast() == symbol else {
                    throw fail("'\(symbol.rawValue)' closes nothing: check the brackets")
                }
            }
            tokens.append(Token(kind: .symbol(symbol), line: line))
            position += text.count
            return
        }
        throw fail("unexpected character \(String(peek()).quoted) in a tag")
    }
}
