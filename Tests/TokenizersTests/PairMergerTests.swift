import Testing
import Tokenizers

@Suite struct PairMergerTests {
    /// Any two neighbours of the same length merge, the longest last; counts how often it is asked.
    private final class CountingRules: MergeRules {
        var calls = 0

        func merge(_ left: MergeSymbol, _ right: MergeSymbol, in text: Span<UInt8>) -> MergeResult? {
            calls += 1
            let length = left.end - left.start
            guard length == right.end - right.start else { return nil }
            return MergeResult(priority: length, token: Int32(length) * 2)
        }
    }

    @Test(arguments: [1, 2, 1000, 1 << 14, (1 << 14) + 1])
    func `a word of n symbols takes at most three questions a symbol`(_ count: Int) {
        let rules = CountingRules()
        var merger = PairMerger()
        for i in 0..<count { merger.append(i..<i + 1, token: 1) }
        merger.merge(rules, in: [UInt8](repeating: 0, count: count).span)
        let lengths = merger.symbols.filter { $0.end > $0.start }.map { Int($0.end - $0.start) }
        #expect(lengths == (0..<15).reversed().map { 1 << $0 }.filter { count & $0 != 0 })
        #expect(rules.calls <= 3 * count)
    }

    @Test func `a run of a quarter million letters takes seconds, not the minutes of quadratic time`() throws {
        let pieces: [SmallVocabulary.Token] = [("a", 0, .normal), ("aa", 0, .normal), ("aaaa", -1, .normal)]
        let letters = [UInt8](repeating: 0x61, count: 1 << 18)
        for tokenizer in [
            try SmallVocabulary.byteLevel(pieces, merges: ["a a", "aa aa"]),
            try SmallVocabulary.sentencePiece(pieces + [("▁", 0, .normal)]),
        ] {
            let time = ContinuousClock().measure {
                let tokens = tokenizer.encode(letters.span, addSpecial: false, parseSpecial: true)
                #expect(tokens.count { tokenizer.text(of: $0) == "aaaa" } == 1 << 16)
            }
            #expect(time < .seconds(60))
        }
    }

    @Test func `candidates leave the queue in order of their keys`() {
        var queue = MergeQueue()
        var random = SeededGenerator(seed: 3)
        let keys = (0..<500).map { _ in random.next() % 100 }
        for key in keys { queue.push(MergeCandidate(key: key, right: 0, end: 0, token: 0)) }
        var popped: [UInt64] = []
        while let candidate = queue.pop() { popped.append(candidate.key) }
        #expect(popped == keys.sorted())
    }
}

/// A generator of the same numbers at every run.
///
/// - Source: SplitMix64, doi:10.1145/2714064.2660195.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    /// Half of the bytes are chosen from `favourites`, the rest at random.
    mutating func bytes(_ count: Int, from favourites: [UInt8]) -> [UInt8] {
        (0..<count).map { _ in
            let number = next()
            let byte = UInt8(truncatingIfNeeded: number >> 8)
            return number & 1 == 0 ? favourites[Int(byte) % favourites.count] : byte
        }
    }
}
