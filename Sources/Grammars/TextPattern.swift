package import JSON

/// A grammar that is put together from parts by a program.
package indirect enum TextPattern: Sendable {
    case text(String)
    /// Bytes that no character has: how a vocabulary can stand for tokens that no text spells.
    case bytes([UInt8])
    /// A JSON value that a schema describes.
    case json(schema: JSONValue)
    /// One of these characters.
    case character([ClosedRange<Unicode.Scalar>])
    /// Any text up to the first `end`, which is part of it.
    case until(end: String)
    /// Any characters, then bytes that none has.
    case untilBytes([UInt8])
    case sequence([TextPattern])
    case choice([TextPattern])
    /// At least `min` and at most `max` times; nil: without end.
    case repeated(TextPattern, min: Int, max: Int?)
    /// A rule of ``Grammar/init(_:rules:)``, which may refer to itself.
    case rule(String)

    /// Once or not at all.
    package static func optional(_ pattern: TextPattern) -> TextPattern { .repeated(pattern, min: 0, max: 1) }
}

extension Grammar {
    /// - Parameter rules: by name, for parts that contain themselves.
    /// - Throws: ``GrammarError``; for a schema see ``init(jsonSchema:layout:)-(JSONValue,_)``.
    package init(_ pattern: TextPattern, rules: [String: TextPattern] = [:]) throws(GrammarError) {
        var writer = PatternWriter()
        for (name, rule) in rules.sorted(by: { $0.key < $1.key }) {
            let expression = try writer.expression(rule)
            writer.rules.define("rule " + name, expression)
        }
        let root = try writer.expression(pattern)
        writer.rules.define("root", root)
        try self.init(writer.rules)
    }
}

/// Writes patterns as rules.
private struct PatternWriter {
    var rules = RuleSet()

    mutating func expression(_ pattern: TextPattern) throws(GrammarError) -> Expression {
        switch pattern {
        case .text(let text): return .bytes(Array(text.utf8))
        case .bytes(let bytes): return .bytes(bytes)
        case .json(let schema): return try json(schema)
        case .character(let ranges):
            return .character(ranges.map { $0.lowerBound.value...$0.upperBound.value })
        case .until(let end): return until(end)
        case .untilBytes(let bytes):
            return .sequence([.repetition(.character(complement([])), min: 0, max: nil), .bytes(bytes)])
        case .sequence(let patterns): return .sequence(try expressions(patterns))
        case .choice(let patterns): return .choice(try expressions(patterns))
        case .repeated(let pattern, let min, let max):
            return .repetition(try expression(pattern), min: min, max: max)
        case .rule(let name): return .rule(rules.index("rule " + name))
        }
    }

    private mutating func expressions(_ patterns: [TextPattern]) throws(GrammarError) -> [Expression] {
        var result: [Expression] = []
        for pattern in patterns { result.append(try expression(pattern)) }
        return result
    }

    private mutating func json(_ schema: JSONValue) throws(GrammarError) -> Expression {
        let document = SchemaDocument(schema)
        var normalizer = SchemaNormalizer(document)
        let root = try normalizer.term(document.root)
        let survey = try SchemaSurvey(normalizer, root: root)
        let written = try SchemaWriter(survey, root: root, .printed).rules
        return .rule(rules.append(written, prefix: "schema \(rules.names.count) "))
    }

    /// An automaton whose states are how much of `end` has come (Knuth, Morris, Pratt).
    private mutating func until(_ end: String) -> Expression {
        let pattern = end.unicodeScalars.map(\.value)
        let prefix = "until \(rules.names.count) "
        guard !pattern.isEmpty else { return .empty }
        let alphabet = Set(pattern).sorted()
        for state in pattern.indices {
            var ways: [Expression] = []
            for character in alphabet {
                let next = Self.state(after: pattern[..<state] + [character], of: pattern)
                let one = Expression.character([character...character])
                ways.append(next == pattern.count ? one : .sequence([one, .rule(rules.index(prefix + "\(next)"))]))
            }
            let others = complement(alphabet.map { $0...$0 })
            ways.append(.sequence([.character(others), .rule(rules.index(prefix + "0"))]))
            rules.define(prefix + "\(state)", .choice(ways))
        }
        return .rule(rules.index(prefix + "0"))
    }

    /// The length of the longest beginning of the pattern that the text ends with.
    private static func state(after text: ArraySlice<UInt32>, of pattern: [UInt32]) -> Int {
        (0...min(text.count, pattern.count)).last { text.suffix($0).elementsEqual(pattern.prefix($0)) } ?? 0
    }
}

extension RuleSet {
    /// Adds another set's rules under names of their own; returns the index of its root.
    fileprivate mutating func append(_ other: RuleSet, prefix: String) -> Int {
        let indices = other.names.map { index(prefix + $0) }
        for (position, rule) in other.rules.enumerated() {
            if let rule { define(prefix + other.names[position], rule.renumbered { indices[$0] }) }
        }
        return index(prefix + "root")
    }
}

extension Expression {
    fileprivate func renumbered(_ index: (Int) -> Int) -> Expression {
        switch self {
        case .bytes, .character, .text: self
        case .sequence(let items): .sequence(items.map { $0.renumbered(index) })
        case .choice(let items): .choice(items.map { $0.renumbered(index) })
        case .repetition(let item, let min, let max): .repetition(item.renumbered(index), min: min, max: max)
        case .rule(let rule): .rule(index(rule))
        }
    }
}
