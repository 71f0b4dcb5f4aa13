internal import JSON

/// Reads the regular expressions of `pattern` (ECMA-262), as far as they are regular: no look-around, no references back.
///
/// The result is for the inside of a JSON string: quotes, backslashes and control characters come out escaped.
struct PatternParser {
    private let text: [Unicode.Scalar]
    private let path: String
    private var place = 0
    private var depth = 0

    static func parse(_ pattern: String, at path: String) throws(GrammarError) -> Expression {
        var text = Array(pattern.unicodeScalars)
        // A pattern is looked for anywhere in the string, unless it says where.
        let anything = Expression.repetition(JSONPrimitives.stringCharacter, min: 0, max: nil)
        var before = [anything], after = [anything]
        if text.first == "^" {
            text.removeFirst()
            before = []
        }
        if text.last == "$", text.dropLast().last != "\\" {
            text.removeLast()
            after = []
        }
        var parser = PatternParser(text: text, path: path)
        let inner = try parser.parseAlternatives()
        guard parser.place == text.count else { throw parser.error("an unexpected '\(text[parser.place])'") }
        if parser.dividesAtTop, before.isEmpty || after.isEmpty {
            throw parser.error("put alternatives into a group: ^(a|b)$")
        }
        return .sequence(before + [inner] + after)
    }

    private var dividesAtTop = false

    private init(text: [Unicode.Scalar], path: String) {
        self.text = text
        self.path = path
    }

    private mutating func parseAlternatives() throws(GrammarError) -> Expression {
        var alternatives = [try parseSequence()]
        while place < text.count, text[place] == "|" {
            if depth == 0 { dividesAtTop = true }
            place += 1
            alternatives.append(try parseSequence())
        }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func parseSequence() throws(GrammarError) -> Expression {
        var items: [Expression] = []
        while place < text.count, text[place] != "|", text[place] != ")" {
            items.append(try parseRepetitions(of: try parseItem()))
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    private mutating func parseItem() throws(GrammarError) -> Expression {
        let next = text[place]
        place += 1
        switch next {
        case "(":
            if place + 1 < text.count, text[place] == "?" {
                guard text[place + 1] == ":" else { throw error("'(?\(text[place + 1])' is not supported") }
                place += 2
            }
            depth += 1
            guard depth < 100 else { throw error("more than 100 nested groups") }
            let inner = try parseAlternatives()
            guard place < text.count, text[place] == ")" else { throw error("a group without ')'") }
            place += 1
            depth -= 1
            return inner
        case "[": return try quoted(parseClass())
        case ".": return try quoted(complement([0x0A...0x0A, 0x0D...0x0D]))
        case "\\": return try quoted(parseEscape())
        case "^", "$": throw error("'\(next)' within a pattern is not supported")
        case "*", "+", "?", "{": throw error("nothing to repeat before '\(next)'")
        default: return try quoted([next.value...next.value])
        }
    }

    private mutating func parseRepetitions(of item: Expression) throws(GrammarError) -> Expression {
        guard place < text.count else { return item }
        var result = item
        switch text[place] {
        case "*": result = .repetition(item, min: 0, max: nil)
        case "+": result = .repetition(item, min: 1, max: nil)
        case "?": result = .repetition(item, min: 0, max: 1)
        case "{":
            place += 1
            let least = try parseNumber()
            var most: Int? = least
            if place < text.count, text[place] == "," {
                place += 1
                most = place < text.count && text[place] == "}" ? nil : try parseNumber()
            }
            guard place < text.count, text[place] == "}" else { throw error("a repetition without '}'") }
            if let most, most < least { throw error("a repetition of at least \(least), at most \(most) times") }
            result = .repetition(item, min: least, max: most)
        default: return item
        }
        place += 1
        if place < text.count, text[place] == "?" { place += 1 }  // lazy: the same strings
        return result
    }

    private mutating func parseNumber() throws(GrammarError) -> Int {
        var value = 0
        let start = place
        while place < text.count, ("0"..."9").contains(text[place]) {
            value = value * 10 + Int(text[place].value - 48)
            guard value <= 10_000 else { throw error("a count above 10000") }
            place += 1
        }
        guard place > start else { throw error("expected a number") }
        return value
    }

    /// After `[`.
    private mutating func parseClass() throws(GrammarError) -> [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        let negated = place < text.count && text[place] == "^"
        if negated { place += 1 }
        while place < text.count, text[place] != "]" {
            let first = try parseClassMember()
            guard place + 1 < text.count, text[place] == "-", text[place + 1] != "]", let low = first.only else {
                ranges += first.ranges
                continue
            }
            place += 1
            guard let high = try parseClassMember().only, low <= high else { throw error("an empty range in a class") }
            ranges.append(low...high)
        }
        guard place < text.count else { throw error("a class without ']'") }
        place += 1
        return negated ? complement(ranges) : ranges
    }

    private mutating func parseClassMember() throws(GrammarError) -> (ranges: [ClosedRange<UInt32>], only: UInt32?) {
        let next = text[place]
        place += 1
        guard next == "\\" else { return ([next.value...next.value], next.value) }
        let ranges = try parseEscape()
        let only = ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil
        return (ranges, only)
    }

    /// After the backslash.
    private mutating func parseEscape() throws(GrammarError) -> [ClosedRange<UInt32>] {
        guard place < text.count else { throw error("a backslash at the end") }
        let next = text[place]
        place += 1
        let digits: [ClosedRange<UInt32>] = [0x30...0x39]
        let word = digits + [0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
        let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]
        switch next {
        case "d": return digits
        case "D": return complement(digits)
        case "w": return word
        case "W": return complement(word)
        case "s": return space
        case "S": return complement(space)
        case "n": return [0x0A...0x0A]
        case "r": return [0x0D...0x0D]
        case "t": return [0x09...0x09]
        case "a"..."z", "A"..."Z", "0"..."9": throw error("'\\\(next)' is not supported")
        default: return [next.value...next.value]
        }
    }

    /// One of these characters, as it stands within quotes.
    private func quoted(_ ranges: [ClosedRange<UInt32>]) throws(GrammarError) -> Expression {
        let special: [Unicode.Scalar] = ["\"", "\\", "\n", "\r", "\t"]
        let plain = complement(complement(ranges) + complement(JSONPrimitives.plainRanges))
        var alternatives: [Expression] = plain.isEmpty ? [] : [.character(plain)]
        for scalar in special where ranges.contains(where: { $0.contains(scalar.value) }) {
            alternatives.append(JSONPrimitives.literal(JSONValue.escaped(scalar)))
        }
        guard !alternatives.isEmpty else { throw error("a class without characters that a string may hold") }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private func error(_ problem: String) -> GrammarError {
        .schema(path: path, problem: "'pattern', character \(place): \(problem)")
    }
}
