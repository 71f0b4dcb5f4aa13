/// A grammar as it is written: what may follow what.
indirect enum Expression: Sendable {
    case bytes([UInt8])
    /// One character of these ranges of Unicode scalar values.
    case character([ClosedRange<UInt32>])
    /// A text that an automaton accepts; quoted: as it stands within the quotes of a JSON string.
    case text(TextAutomaton, quoted: Bool)
    case sequence([Expression])
    case choice([Expression])
    /// At least `min` and at most `max` times; `nil`: without end.
    case repetition(Expression, min: Int, max: Int?)
    /// By index into ``RuleSet/rules``.
    case rule(Int)

    static let empty = Expression.sequence([])

    /// About how many states it takes, or `limit`, whichever is less.
    func stateCount(atMost limit: Int) -> Int {
        func sum(_ items: [Expression]) -> Int {
            var total = 1
            for item in items where total < limit { total += item.stateCount(atMost: limit - total) }
            return total
        }
        switch self {
        case .bytes(let bytes): return min(limit, bytes.count)
        case .character, .rule: return min(limit, 1)
        case .text(let automaton, _): return min(limit, automaton.states.count)
        case .sequence(let items), .choice(let items): return min(limit, sum(items))
        case .repetition(let item, let low, let high):
            return min(limit, max(1, saturatingProduct(item.stateCount(atMost: limit), max(low, high ?? low, 1))))
        }
    }
}

/// Rules by name; the first mention of a rule gives it its index.
struct RuleSet {
    private(set) var names: [String] = []
    private(set) var rules: [Expression?] = []
    private var indices: [String: Int] = [:]

    mutating func index(_ name: String) -> Int {
        if let known = indices[name] { return known }
        indices[name] = names.count
        names.append(name)
        rules.append(nil)
        return names.count - 1
    }

    /// A later definition takes an earlier one's place, as in llama.cpp.
    mutating func define(_ name: String, _ expression: Expression) {
        rules[index(name)] = expression
    }
}

/// The characters that are in none of the ranges. Surrogates are no characters.
func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    let all = ranges + [0xD800...0xDFFF]
    for range in all.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
        next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { result.append(next...0x10FFFF) }
    return result
}
