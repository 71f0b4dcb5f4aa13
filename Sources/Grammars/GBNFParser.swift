/// Reads GBNF, llama.cpp's notation for grammars (ggml-org/llama.cpp `grammars/README.md`).
///
///     root  ::= "yes" | "no" ws [a-z]+ (digit | "x"){2,4}   # a comment
///     digit ::= [0-9]
///
/// Strings and classes know `\n \r \t \\ \" \[ \] \xNN \uNNNN \UNNNNNNNN`; `.` is any character. A rule ends with its
/// line, but for lines that begin with `|` and within parentheses.
struct GBNFParser {
    private let text: [Unicode.Scalar]
    private var place = 0
    private var depth = 0
    private var rules = RuleSet()

    /// Parentheses within each other.
    private static let depthLimit = 200
    /// The greatest count of a repetition.
    private static let countLimit = 100_000

    static func parse(_ text: String) throws(GrammarError) -> RuleSet {
        var parser = GBNFParser(text)
        try parser.parseRules()
        return parser.rules
    }

    private init(_ text: String) {
        self.text = Array(text.unicodeScalars)
    }

    private mutating func parseRules() throws(GrammarError) {
        skipSpace(newlines: true)
        while place < text.count {
            let name = try parseName()
            skipSpace(newlines: false)
            guard take("::=") else { throw error("expected '::=' after the rule's name") }
            skipSpace(newlines: true)
            rules.define(name, try parseAlternatives(nested: false))
            guard place == text.count || isNewline(text[place]) else {
                throw error("expected the end of the rule, found '\(text[place])'")
            }
            skipSpace(newlines: true)
        }
    }

    private mutating func parseAlternatives(nested: Bool) throws(GrammarError) -> Expression {
        var alternatives = [try parseSequence(nested: nested)]
        while continues(with: "|", nested: nested) {
            place += 1
            skipSpace(newlines: true)
            alternatives.append(try parseSequence(nested: nested))
        }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    /// Whether the mark comes next, also on the next line; if so, goes to it.
    private mutating func continues(with mark: Unicode.Scalar, nested: Bool) -> Bool {
        let start = place
        skipSpace(newlines: true)
        if place < text.count, text[place] == mark { return true }
        if !nested { place = start }
        return false
    }

    private mutating func parseSequence(nested: Bool) throws(GrammarError) -> Expression {
        var items: [Expression] = []
        skipSpace(newlines: nested)
        while place < text.count, let item = try parseItem() {
            items.append(try parseRepetitions(of: item))
            skipSpace(newlines: nested)
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }

    private mutating func parseItem() throws(GrammarError) -> Expression? {
        switch text[place] {
        case "\"": return .bytes(try parseString())
        case "[": return .character(try parseClass())
        case ".":
            place += 1
            return .character(complement([]))
        case "(":
            depth += 1
            guard depth <= Self.depthLimit else { throw error("more than \(Self.depthLimit) nested parentheses") }
            place += 1
            let inner = try parseAlternatives(nested: true)
            skipSpace(newlines: true)
            guard take(")") else { throw error("expected ')'") }
            depth -= 1
            return inner
        case let next where isNamePart(next): return .rule(rules.index(try parseName()))
        case "<": throw error("tokens in angle brackets are not supported; write their text in quotes")
        default: return nil
        }
    }

    private mutating func parseRepetitions(of item: Expression) throws(GrammarError) -> Expression {
        var item = item
        while place < text.count {
            switch text[place] {
            case "*": item = .repetition(item, min: 0, max: nil)
            case "+": item = .repetition(item, min: 1, max: nil)
            case "?": item = .repetition(item, min: 0, max: 1)
            case "{":
                place += 1
                item = try parseCounts(of: item)
            default: return item
            }
            place += 1
        }
        return item
    }

    /// After `{`, up to `}`.
    private mutating func parseCounts(of item: Expression) throws(GrammarError) -> Expression {
        skipSpace(newlines: true)
        let least = try parseNumber()
        var most: Int? = least
        skipSpace(newlines: true)
        if take(",") {
            skipSpace(newlines: true)
            most = place < text.count && text[place] == "}" ? nil : try parseNumber()
            skipSpace(newlines: true)
        }
        guard place < text.count, text[place] == "}" else { throw error("expected '}'") }
        if let most, most < least { throw error("a repetition of at least \(least) and at most \(most) times") }
        return .repetition(item, min: least, max: most)
    }

    private mutating func parseNumber() throws(GrammarError) -> Int {
        var value = 0
        let start = place
        while place < text.count, ("0"..."9").contains(text[place]) {
            value = value * 10 + Int(text[place].value - 48)
            guard value <= Self.countLimit else { throw error("a count above \(Self.countLimit)") }
            place += 1
        }
        guard place > start else { throw error("expected a number") }
        return value
    }

    // MARK: Characters

    private mutating func parseString() throws(GrammarError) -> [UInt8] {
        place += 1
        var bytes: [UInt8] = []
        while place < text.count, text[place] != "\"" {
            bytes += Array(String(try parseCharacter()).utf8)
        }
        guard take("\"") else { throw error("expected '\"' at the end of the string") }
        return bytes
    }

    private mutating func parseClass() throws(GrammarError) -> [ClosedRange<UInt32>] {
        place += 1
        let negated = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        while place < text.count, text[place] != "]" {
            let first = try parseCharacter()
            var last = first
            if place + 1 < text.count, text[place] == "-", text[place + 1] != "]" {
                place += 1
                last = try parseCharacter()
            }
            guard first <= last else { throw error("the range '\(first)-\(last)' is empty") }
            ranges.append(first.value...last.value)
        }
        guard take("]") else { throw error("expected ']' at the end of the class") }
        let result = negated ? complement(ranges) : ranges
        guard !result.isEmpty else { throw error("a class without characters") }
        return result
    }

    private mutating func parseCharacter() throws(GrammarError) -> Unicode.Scalar {
        let character = text[place]
        place += 1
        guard character == "\\" else {
            guard !isNewline(character) else { throw error("a line ends within quotes or brackets") }
            return character
        }
        guard place < text.count else { throw error("a backslash at the end of the grammar") }
        let escaped = text[place]
        place += 1
        switch escaped {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "\\", "\"", "[", "]", "-", "^": return escaped
        case "x": return try parseHexadecimal(2)
        case "u": return try parseHexadecimal(4)
        case "U": return try parseHexadecimal(8)
        default: throw error("an unknown escape '\\\(escaped)'")
        }
    }

    private mutating func parseHexadecimal(_ digits: Int) throws(GrammarError) -> Unicode.Scalar {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard place < text.count, let digit = Character(text[place]).hexDigitValue else {
                throw error("expected \(digits) hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        guard let scalar = Unicode.Scalar(value) else { throw error("a character number that is no character") }
        return scalar
    }

    // MARK: Words

    private mutating func parseName() throws(GrammarError) -> String {
        let start = place
        while place < text.count, isNamePart(text[place]) { place += 1 }
        guard place > start else { throw error("expected the name of a rule") }
        var name = String.UnicodeScalarView()
        name.append(contentsOf: text[start..<place])
        return String(name)
    }

    private func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }

    private func isNewline(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }

    private mutating func skipSpace(newlines: Bool) {
        while place < text.count {
            let next = text[place]
            if next == "#" {
                while place < text.count, !isNewline(text[place]) { place += 1 }
            } else if next == " " || next == "\t" || (newlines && isNewline(next)) {
                place += 1
            } else {
                return
            }
        }
    }

    private mutating func take(_ mark: String) -> Bool {
        let scalars = Array(mark.unicodeScalars)
        guard text.count - place >= scalars.count, Array(text[place..<place + scalars.count]) == scalars else {
            return false
        }
        place += scalars.count
        return true
    }

    private func error(_ problem: String) -> GrammarError {
        let before = text[..<min(place, text.count)]
        let line = before.count { $0 == "\n" } + 1
        let column = before.count - (before.lastIndex(of: "\n").map { $0 + 1 } ?? 0) + 1
        return .syntax(line: line, column: column, problem: problem)
    }
}
