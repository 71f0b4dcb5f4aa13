/// Reads regular expressions: ECMA-262 with the flag `u`, but that escapes of marks without a meaning, and braces without
/// a count, stand for themselves, as they do without that flag.
struct PatternParser {
    private(set) var text: [Unicode.Scalar]
    private let path: String
    var place = 0
    private var depth = 0

    private static let depthLimit = 100
    private static let countLimit = 100_000

    static func parse(_ pattern: String, at path: String) throws(GrammarError) -> PatternTree {
        var parser = PatternParser(text: Array(pattern.unicodeScalars), path: path)
        let tree = try parser.parseAlternatives()
        guard parser.place == parser.text.count else { throw parser.error("an unexpected ')'") }
        return tree
    }

    private init(text: [Unicode.Scalar], path: String) {
        self.text = text
        self.path = path
    }

    private mutating func parseAlternatives() throws(GrammarError) -> PatternTree {
        var alternatives = [try parseSequence()]
        while take("|") { alternatives.append(try parseSequence()) }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func parseSequence() throws(GrammarError) -> PatternTree {
        var items: [PatternTree] = []
        while let next = peek, next != "|", next != ")" { items.append(try parseItem()) }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    private mutating func parseItem() throws(GrammarError) -> PatternTree {
        guard let next = takeAny() else { throw error("an unexpected end") }
        let item: PatternTree
        switch next {
        case "(":
            depth += 1
            guard depth <= Self.depthLimit else { throw error("more than \(Self.depthLimit) nested groups") }
            item = try parseGroup()
            depth -= 1
        case "[": item = .characters(try parseClass())
        case ".": item = .characters(complement(Self.lineEnds))
        case "\\": item = .characters(try parseEscape(inClass: false).ranges)
        case "^": item = .start
        case "$": item = .end
        case "*", "+", "?": throw error("nothing to repeat before '\(next)'")
        case "{" where try countsAfterBrace() != nil: throw error("nothing to repeat before '{'")
        default: item = .characters([next.value...next.value])
        }
        guard let (low, high) = try parseCounts() else { return item }
        let isLook = if case .lookahead = item { true } else { false }
        guard !isLook, next != "^", next != "$" else { throw error("nothing to repeat: an anchor has no characters") }
        _ = take("?")  // lazy: the same texts
        if let again = peek, "*+?".unicodeScalars.contains(again) { throw error("nothing to repeat before '\(again)'") }
        return .repetition(item, min: low, max: high)
    }

    /// After the parenthesis.
    private mutating func parseGroup() throws(GrammarError) -> PatternTree {
        var lookahead: Bool?
        if take("?") {
            if take("=") {
                lookahead = false
            } else if take("!") {
                lookahead = true
            } else if take("<") {
                if peek == "=" || peek == "!" { throw error("look-behind '(?<\(peek ?? " ")' is not regular here") }
                try skipName()
            } else if !take(":") {
                throw error("'(?\(peek.map(String.init) ?? "")': flags within a pattern are not supported")
            }
        }
        let inner = try parseAlternatives()
        guard take(")") else { throw error("a group without ')'") }
        return lookahead.map { .lookahead(inner, negated: $0) } ?? inner
    }

    private mutating func skipName() throws(GrammarError) {
        let start = place
        while let next = peek, next != ">" {
            guard next == "_" || next == "$" || next.properties.isAlphabetic || next.properties.numericType != nil
            else { throw error("a group's name with '\(next)'") }
            place += 1
        }
        guard place > start, take(">") else { throw error("a group's name without '>'") }
    }

    // MARK: Counts

    /// The quantifier after an item; nil if it is not repeated.
    private mutating func parseCounts() throws(GrammarError) -> (Int, Int?)? {
        switch peek {
        case "*":
            place += 1
            return (0, nil)
        case "+":
            place += 1
            return (1, nil)
        case "?":
            place += 1
            return (0, 1)
        case "{":
            place += 1
            guard let (low, high, end) = try countsAfterBrace() else {
                place -= 1
                return nil
            }
            place = end
            if let high, high < low { throw error("a repetition of at least \(low), at most \(high) times") }
            return (low, high)
        default: return nil
        }
    }

    /// The counts of `2}`, `2,}` or `2,3}`, and where they end; nil for anything else.
    private func countsAfterBrace() throws(GrammarError) -> (Int, Int?, end: Int)? {
        var index = place
        func number() throws(GrammarError) -> Int? {
            var value: Int?
            while index < text.count, ("0"..."9").contains(text[index]) {
                value = (value ?? 0) * 10 + Int(text[index].value - 48)
                guard value ?? 0 <= Self.countLimit else { throw error("a count above \(Self.countLimit)") }
                index += 1
            }
            return value
        }
        guard let low = try number(), index < text.count else { return nil }
        var high: Int? = low
        if text[index] == "," {
            index += 1
            high = try number()
        }
        guard index < text.count, text[index] == "}" else { return nil }
        return (low, high, index + 1)
    }

    // MARK: Scalars

    var peek: Unicode.Scalar? { place < text.count ? text[place] : nil }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard peek == mark else { return false }
        place += 1
        return true
    }

    mutating func takeAny() -> Unicode.Scalar? {
        guard place < text.count else { return nil }
        place += 1
        return text[place - 1]
    }

    /// The value of `count` hexadecimal digits; nil, without advancing, if they are missing.
    mutating func takeHexadecimal(_ count: Int) -> UInt32? {
        guard text.count - place >= count else { return nil }
        var value: UInt32 = 0
        for scalar in text[place..<place + count] {
            guard scalar.isASCII, let digit = Character(scalar).hexDigitValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        place += count
        return value
    }

    func error(_ problem: String) -> GrammarError {
        .schema(path: path, problem: "'pattern', character \(place): \(problem)")
    }
}
