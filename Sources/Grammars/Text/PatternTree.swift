/// A regular expression as it is written.
indirect enum PatternTree: Sendable {
    /// One character of these; sorted and disjoint.
    case characters([ClosedRange<UInt32>])
    case sequence([PatternTree])
    case choice([PatternTree])
    case repetition(PatternTree, min: Int, max: Int?)
    /// `^`
    case start
    /// `$`
    case end
    /// `(?=...)`; negated: `(?!...)`
    case lookahead(PatternTree, negated: Bool)

    var hasLookahead: Bool {
        switch self {
        case .lookahead: true
        case .sequence(let items), .choice(let items): items.contains(where: \.hasLookahead)
        case .repetition(let item, _, _): item.hasLookahead
        case .characters, .start, .end: false
        }
    }
}

/// The characters of `ranges`, sorted, disjoint, and without surrogates.
func normalized(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] { complement(complement(ranges)) }
