/// The languages of a schema's strings and names, by number, so that no two are intersected twice.
struct TextLanguages {
    private var languages = [TextLanguage.all]
    private var named: [String: Int] = [:]
    private var intersections: [[Int]: Int] = [:]
    private var complements: [Int: Int] = [:]

    /// States of all intersections, unions and complements.
    private var stateCount = 0
    private static let stateLimit = 100_000

    /// The place of the schema that is looked at, for errors.
    var path = "#"

    /// The number of the language of all texts.
    static let all = 0

    subscript(language: Int) -> TextLanguage { languages[language] }

    private mutating func add(_ language: TextLanguage) -> Int {
        languages.append(language)
        return languages.count - 1
    }

    private mutating func bounded(_ make: () throws(GrammarError) -> TextLanguage) throws(GrammarError) -> TextLanguage
    {
        let problem = GrammarError.schema(
            path: path,
            problem: "its patterns, formats and lengths together take too many states; use fewer or simpler ones")
        do throws(GrammarError) {
            let language = try make()
            stateCount += language.parts.reduce(1) { $0 + $1.automaton.states.count }
            guard stateCount <= Self.stateLimit else { throw problem }
            return language
        } catch .tooLarge {
            throw problem
        }
    }

    mutating func pattern(_ pattern: String, at path: String) throws(GrammarError) -> Int {
        let key = "pattern " + pattern
        if let known = named[key] { return known }
        let number = add(try TextLanguage(pattern: pattern, at: path))
        named[key] = number
        return number
    }

    /// nil for a format that says nothing here.
    mutating func format(_ format: String) -> Int? {
        let key = "format " + format
        if let known = named[key] { return known }
        guard let language = TextLanguage(format: format) else { return nil }
        let number = add(language)
        named[key] = number
        return number
    }

    mutating func texts(_ texts: [String]) -> Int { add(TextLanguage(texts: texts)) }

    mutating func lengths(_ low: Int, _ high: Int?) -> Int {
        if low == 0 && high == nil { return Self.all }
        let key = "lengths \(low) \(high.map(String.init) ?? "")"
        if let known = named[key] { return known }
        let number = add(TextLanguage(minLength: low, maxLength: high))
        named[key] = number
        return number
    }

    mutating func intersection(_ a: Int, _ b: Int) throws(GrammarError) -> Int {
        if a == b || b == Self.all { return a }
        if a == Self.all { return b }
        let key = [min(a, b), max(a, b)]
        if let known = intersections[key] { return known }
        let number = add(
            try bounded { [languages] () throws(GrammarError) in try languages[a].intersection(languages[b]) })
        intersections[key] = number
        return number
    }

    mutating func complement(_ language: Int) throws(GrammarError) -> Int {
        if let known = complements[language] { return known }
        let number = add(try bounded { [languages] () throws(GrammarError) in try languages[language].complemented() })
        complements[language] = number
        complements[number] = language
        return number
    }

    mutating func union(_ a: Int, _ b: Int) throws(GrammarError) -> Int {
        if a == b || a == Self.all { return a }
        if b == Self.all { return b }
        return add(try bounded { [languages] () throws(GrammarError) in try languages[a].union(languages[b]) })
    }

    /// The language of a shape's strings.
    mutating func inner(_ shape: TextShape) throws(GrammarError) -> Int {
        try intersection(shape.inner, lengths(shape.minLength, shape.maxLength))
    }

    /// Whether there is no such string that can be written.
    mutating func isEmpty(_ shape: TextShape) throws(GrammarError) -> Bool {
        let language = try inner(shape)
        return isEmpty(language)
    }

    /// Whether there can be no such string.
    mutating func isImpossible(_ shape: TextShape) throws(GrammarError) -> Bool {
        guard shape.minLength <= shape.maxLength ?? .max else { return true }
        let language = try intersection(shape.outer, lengths(shape.minLength, shape.maxLength))
        return isEmpty(language)
    }

    mutating func areDisjoint(_ a: Int, _ b: Int) throws(GrammarError) -> Bool {
        let both = try intersection(a, b)
        return isEmpty(both)
    }

    func isEmpty(_ language: Int) -> Bool { language != Self.all && languages[language].isEmpty }

    func contains(_ text: String, _ language: Int) -> Bool {
        language == Self.all || languages[language].contains(text)
    }

    func contains(_ text: String, _ shape: TextShape, outer: Bool) -> Bool {
        let length = text.unicodeScalars.count
        return length >= shape.minLength && length <= shape.maxLength ?? .max
            && contains(text, outer ? shape.outer : shape.inner)
    }
}
