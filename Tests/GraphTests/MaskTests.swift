import Graph
import Testing

@Suite struct MaskTests {
    /// Whether a position may be seen from another, and one is there.
    static func sees(_ mask: Mask, _ position: Int, _ other: Int) -> Bool {
        switch mask {
        case .causal: other <= position
        case .bidirectional, .alibi: true
        case .window(let radius): abs(position - other) <= radius
        }
    }

    @Test(arguments: [Mask.causal, .bidirectional, .alibi(greatest: 8), .window(radius: 0), .window(radius: 3)])
    func `pairs are those that a token attends to`(mask: Mask) {
        for past in [0, 1, 4, 9] {
            for count in [1, 2, 5, 12] {
                let pairs = (past..<past + count).reduce(0) { sum, position in
                    sum + (0..<past + count).count { Self.sees(mask, position, $0) }
                }
                #expect(mask.pairs(past: past, count: count) == pairs, "\(past), \(count)")
            }
        }
    }
}
