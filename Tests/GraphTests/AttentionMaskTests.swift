import Graph
import Testing

@Suite struct AttentionMaskTests {
    static let masks: [AttentionMask] = [
        .causal, .bidirectional, .window(radius: 0), .window(radius: 3), .sliding(length: 1), .sliding(length: 4),
        .chunked(length: 1), .chunked(length: 4), AttentionMask(back: 2, ahead: 5), AttentionMask(back: 0, ahead: nil),
        AttentionMask(back: nil, ahead: 1),
    ]

    /// Whether a position may be seen from another.
    private static func sees(_ mask: AttentionMask, _ position: Int, _ other: Int) -> Bool {
        position - other <= mask.back ?? .max && other - position <= mask.ahead ?? .max
            && (mask.chunk.map { other / $0 >= position / $0 } ?? true)
    }

    @Test(arguments: masks) func `positions and pairs are those that a token attends to`(mask: AttentionMask) {
        for past in [0, 1, 4, 9] {
            for count in [1, 2, 5, 12] {
                var pairs = 0
                for position in past..<past + count {
                    let seen = (0..<past + count).filter { Self.sees(mask, position, $0) }
                    #expect(Array(mask.positions(from: position, count: past + count)) == seen)
                    pairs += seen.count
                }
                #expect(mask.pairs(past: past, count: count) == pairs, "\(past), \(count)")
            }
        }
    }

    @Test func `a sliding window has its own position among its length`() {
        #expect(AttentionMask.sliding(length: 4).positions(from: 9, count: 20) == 6..<10)
        #expect(AttentionMask.sliding(length: 4).description == "window of 3 back, 0 ahead")
    }

    @Test func `a chunk begins at a multiple of its length`() {
        let mask = AttentionMask.chunked(length: 4)
        #expect((7...9).map { mask.positions(from: $0, count: 20) } == [4..<8, 8..<9, 8..<10])
        #expect(mask.description == "chunks of 4")
    }
}
