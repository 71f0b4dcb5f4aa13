/// A set of texts, exactly: the parts of a union, each an automaton and a range of lengths.
///
/// Lengths stand beside the automaton, so that `maxLength` 100,000 is a number and not 100,000 states.
package struct TextLanguage: Sendable {
    struct Part: Sendable, Hashable {
        var automaton: TextAutomaton
        var minLength = 0
        var maxLength: Int?
    }

    /// Parts that there may be.
    private static let partLimit = 64

    private(set) var parts: [Part]

    package static let all = TextLanguage(parts: [Part(automaton: .all)])
    package static let nothing = TextLanguage(parts: [])

    init(parts: [Part]) {
        self.parts = parts
    }

    init(_ automaton: TextAutomaton) {
        self.init(parts: automaton.isEmpty ? [] : [Part(automaton: automaton)])
    }

    /// The texts that a regular expression (ECMA-262, with the flag `u`) is found in.
    ///
    /// - Throws: ``GrammarError/schema(path:problem:)`` for a pattern that is invalid, not regular, or too large.
    package init(pattern: String, at path: String) throws(GrammarError) {
        self = try PatternCompiler.compile(pattern, at: path)
    }

    /// The texts whose length in Unicode scalars is in a range.
    package init(minLength: Int, maxLength: Int?) {
        let isPossible = minLength <= maxLength ?? .max
        parts = isPossible ? [Part(automaton: .all, minLength: max(0, minLength), maxLength: maxLength)] : []
    }

    package init(texts: [String]) {
        self.init(TextAutomaton(texts: texts).minimized())
    }

    package func contains(_ text: String) -> Bool {
        let length = text.unicodeScalars.count
        return parts.contains { part in
            length >= part.minLength && length <= part.maxLength ?? .max && part.automaton.contains(text)
        }
    }

    /// Whether there is no text. Exact, but for automata of very many states beside great lengths, where it says no.
    package var isEmpty: Bool {
        !parts.contains { $0.automaton.hasText(from: $0.minLength, to: $0.maxLength) }
    }

    // MARK: Combinations

    /// - Throws: ``GrammarError/tooLarge``.
    package func intersection(_ other: TextLanguage) throws(GrammarError) -> TextLanguage {
        var result: [Part] = []
        for a in parts {
            for b in other.parts {
                let low = max(a.minLength, b.minLength), high = min(a.maxLength ?? .max, b.maxLength ?? .max)
                guard low <= high else { continue }
                let automaton: TextAutomaton
                if a.automaton == .all || a.automaton == b.automaton {
                    automaton = b.automaton
                } else if b.automaton == .all {
                    automaton = a.automaton
                } else {
                    automaton = try a.automaton.intersection(b.automaton).minimized()
                }
                let part = Part(automaton: automaton, minLength: low, maxLength: high == .max ? nil : high)
                if let part = part.simplified { result.append(part) }
            }
        }
        return try TextLanguage(parts: result).bounded()
    }

    package func union(_ other: TextLanguage) throws(GrammarError) -> TextLanguage {
        var result = parts
        for part in other.parts where !result.contains(part) { result.append(part) }
        return try TextLanguage(parts: result).bounded()
    }

    /// The texts that are not of this language.
    ///
    /// - Throws: ``GrammarError/tooLarge``.
    package func complemented() throws(GrammarError) -> TextLanguage {
        var result = TextLanguage.all
        for part in parts {
            var others: [Part] = []
            let automaton = part.automaton.complemented().minimized()
            if !automaton.isEmpty { others.append(Part(automaton: automaton)) }
            if part.minLength > 0 { others.append(Part(automaton: part.automaton, maxLength: part.minLength - 1)) }
            if let high = part.maxLength { others.append(Part(automaton: part.automaton, minLength: high + 1)) }
            result = try result.intersection(TextLanguage(parts: others))
        }
        return result
    }

    private func bounded() throws(GrammarError) -> TextLanguage {
        guard parts.count <= Self.partLimit else { throw .tooLarge }
        return self
    }
}

extension TextLanguage.Part {
    /// Without bounds that its automaton keeps anyway; nil if it has no text.
    fileprivate var simplified: Self? {
        guard !automaton.isEmpty else { return nil }
        let shortest = automaton.shortest, longest = automaton.longest
        guard shortest <= maxLength ?? .max, minLength <= longest ?? .max else { return nil }
        var result = self
        if minLength <= shortest { result.minLength = 0 }
        if let longest, let maxLength, longest <= maxLength { result.maxLength = nil }
        return result
    }
}

// MARK: JSON

extension TextLanguage {
    /// The JSON string, quotes and escapes included, of every text of the language.
    ///
    /// - Throws: ``GrammarError/schema(path:problem:)`` if there is none, or if it takes too many states.
    func jsonString(at path: String) throws(GrammarError) -> Expression {
        var alternatives: [Expression] = []
        for part in parts.compactMap(\.simplified) {
            if let content = try part.content(at: path) { alternatives.append(content) }
        }
        guard !alternatives.isEmpty else { throw .schema(path: path, problem: "no text is allowed") }
        let content = alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
        return .sequence([.bytes([0x22]), content, .bytes([0x22])])
    }
}

extension TextLanguage.Part {
    /// The expression between the quotes; nil if there is no text.
    fileprivate func content(at path: String) throws(GrammarError) -> Expression? {
        if minLength == 0, maxLength == nil { return .text(automaton, quoted: true) }
        if let chain = automaton.chain { return counted(chain) }
        let limited: TextAutomaton
        do throws(GrammarError) {
            limited = try automaton.limited(from: minLength, to: maxLength)
        } catch {
            let lengths = "of \(minLength)" + (maxLength.map { " to \($0)" } ?? " or more") + " characters"
            throw .schema(
                path: path,
                problem: "texts \(lengths) of a pattern with \(automaton.states.count) states take more than "
                    + "\(TextAutomaton.stateLimit) states: lower 'maxLength' or simplify 'pattern'")
        }
        return limited.isEmpty ? nil : .text(limited.minimized(), quoted: true)
    }

    private func counted(_ chain: TextAutomaton.Chain) -> Expression? {
        let steps = chain.steps.map { Expression.text(.single($0), quoted: true) }
        let high = maxLength ?? .max
        var alternatives: [Expression] = []
        for (length, accepts) in chain.accepts.enumerated() where accepts && minLength <= length && length <= high {
            alternatives.append(.sequence(Array(steps[..<length])))
        }
        if high >= steps.count {
            let loop = Expression.repetition(
                .text(.single(chain.loop), quoted: true), min: max(0, minLength - steps.count),
                max: maxLength.map { $0 - steps.count })
            alternatives.append(.sequence(steps + [loop]))
        }
        guard !alternatives.isEmpty else { return nil }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }
}

extension Grammar {
    /// The grammar of the JSON strings of a language.
    package init(_ language: TextLanguage, at path: String = "#") throws(GrammarError) {
        var rules = RuleSet()
        rules.define("root", try language.jsonString(at: path))
        try self.init(rules)
    }
}
