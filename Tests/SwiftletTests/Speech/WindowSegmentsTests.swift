import Swiftlet
import TestSupport
import Testing

@Suite struct WindowSegmentsTests {
    private let model: SpeechModel

    init() throws {
        model = try NanoSpeech.model()
    }

    private func cut(_ tokens: [Token], frames: Int = 3000) -> WindowSegments {
        WindowSegments(tokens, frames: frames, model.tokens)
    }

    private typealias Piece = WindowSegments.Piece

    @Test func `a segment that ends alone ends the window`() {
        let found = cut(model.said(0.5, "ab", 2))
        #expect(found.pieces == [Piece(start: 50, end: 200, tokens: 0..<4)] && found.advance == 3000)
    }

    @Test func `what is behind the last pair of times is heard again`() {
        let found = cut(model.said(0, "a", 2) + model.said(3, "b", 5) + [model.time(6)] + model.tokenize("c"))
        #expect(
            found.pieces == [
                Piece(start: 0, end: 200, tokens: 0..<3), Piece(start: 300, end: 500, tokens: 3..<6),
            ])
        #expect(found.advance == 500)
    }

    @Test func `several segments and a last time end the window`() {
        let found = cut(model.said(0, "a", 2) + model.said(2, "b", 5))
        #expect(found.pieces.map(\.end) == [200, 500] && found.advance == 3000)
    }

    @Test func `without a last time a segment lasts to the window's end`() {
        #expect(cut([model.time(1)] + model.tokenize("abc")).pieces == [Piece(start: 100, end: 3000, tokens: 0..<4)])
        #expect(cut(model.tokenize("abc"), frames: 90).pieces == [Piece(start: 0, end: 90, tokens: 0..<3)])
    }

    @Test func `times behind the sound are its end`() {
        #expect(cut(model.said(0, "a", 9), frames: 400).pieces == [Piece(start: 0, end: 400, tokens: 0..<3)])
        #expect(cut(model.said(0, "a", 1) + model.said(5, "b", 6), frames: 400).pieces.count == 1)
    }

    @Test func `a window always goes on`() {
        let found = cut(model.said(0, "a", 0.04) + [model.time(0.04)] + model.tokenize("b"))
        #expect(found.advance == WindowSegments.minAdvance)
        #expect(cut([]).advance == 3000)
        #expect(cut([model.time(0)]).advance == 3000)
    }

    @Test(arguments: 0..<40) func `warping finds the cheapest way`(seed: Int) {
        var random = SeededRandom(seed: seed)
        let (rows, columns) = (1 + random.below(5), 1 + random.below(6))
        let costs = (0..<rows * columns).map { _ in Float(random.below(1000)) / 100 - 5 }
        /// The cheapest of all ways, and the first columns of its rows.
        func cheapest(_ row: Int, _ column: Int) -> (cost: Float, first: [Int]) {
            let own = costs[row * columns + column]
            guard row > 0 || column > 0 else { return (own, [0]) }
            var ways: [(cost: Float, first: [Int])] = []
            if column > 0 { ways.append(cheapest(row, column - 1)) }
            if row > 0 {
                let above = cheapest(row - 1, column)
                ways.append((above.cost, above.first + [column]))
            }
            if row > 0, column > 0 {
                let before = cheapest(row - 1, column - 1)
                ways.append((before.cost, before.first + [column]))
            }
            let best = ways.min { $0.cost < $1.cost } ?? (0, [])
            return (best.cost + own, best.first)
        }
        let found = DynamicTimeWarping.firstColumns(costs, rows: rows, columns: columns)
        #expect(found == cheapest(rows - 1, columns - 1).first)
    }

    @Test func `warping nothing gives nothing`() {
        #expect(DynamicTimeWarping.firstColumns([], rows: 0, columns: 4).isEmpty)
        #expect(DynamicTimeWarping.firstColumns([1, 2], rows: 2, columns: 1) == [0, 0])
        #expect(DynamicTimeWarping.firstColumns([1, 2], rows: 1, columns: 2) == [0])
    }

    @Test(arguments: [
        (" Hello, world!", [" Hello,", " world!"]), (" \"Yes\" (no)", [" \"Yes\"", " (no)"]),
        (" it's 5-10 ok", [" it's", " 5-10", " ok"]), ("", []), ("日本語。", ["日", "本", "語。"]),
        (" naïve 🦉", [" naïve", " 🦉"]),
    ])
    func `tokens are put together to words`(text: String, words: [String]) {
        let found = WordSplit.words(model.tokenize(text), model)
        #expect(found.map(\.text) == words)
        #expect(found.reduce(0) { $0 + $1.tokenCount } == model.tokenize(text).count)
    }
}
