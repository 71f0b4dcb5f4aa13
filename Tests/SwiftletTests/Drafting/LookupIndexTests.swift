import Swiftlet
import TestSupport
import Testing

@Suite struct LookupIndexTests {
    /// The expected result, by brute force.
    private func plain(_ text: [Token], _ lengths: ClosedRange<Int>, _ count: Int) -> [Token] {
        for length in lengths.reversed() where length < text.count {
            for end in stride(from: text.count - 1, through: length, by: -1)
            where text[end - length..<end] == text.suffix(length) {
                var all = text
                for index in 0..<count { all.append(all[end + index]) }
                return Array(all[text.count...])
            }
        }
        return []
    }

    @Test(arguments: [1...4, 2...4, 3...3, 1...1], [2, 3, 20])
    func `the longest match counts, the latest of several`(lengths: ClosedRange<Int>, vocabulary: Int) {
        var random = SeededRandom(seed: vocabulary)
        var index = LookupIndex(matching: lengths)
        var text: [Token] = []
        for _ in 0..<300 {
            for _ in 0...random.below(4) { text.append(Token(random.below(vocabulary))) }
            index.update(text)
            #expect(index.guess(5) == plain(text, lengths, 5))
        }
    }

    @Test func `a text that repeats itself goes on past its end`() {
        var index = LookupIndex(matching: 2...4)
        index.update([1, 2, 3, 1, 2])
        #expect(index.guess(7) == [3, 1, 2, 3, 1, 2, 3])
    }

    @Test func `nothing is guessed from nothing`() {
        var index = LookupIndex(matching: 1...4)
        #expect(index.guess(3).isEmpty)
        index.update([5])
        #expect(index.guess(3).isEmpty)
        index.update([5, 6, 7, 8])
        #expect(index.guess(3).isEmpty)
    }

    @Test func `a long text costs little more a token than a short one`() {
        var random = SeededRandom(seed: 1)
        let text = (0..<32_768).map { _ in Token(random.below(1000)) }
        var index = LookupIndex(matching: 1...4)
        let time = ContinuousClock().measure {
            index.update(text)
            for _ in 0..<1000 { _ = index.guess(8) }
        }
        #expect(time < .seconds(5))
    }
}
