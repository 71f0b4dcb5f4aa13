import Swiftlet
import TestSupport
import Testing

@Suite final class SearchTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("test.idx") }

    init() throws { folder = try TemporaryFolder() }

    private func searcher(_ options: IndexSearchOptions = IndexSearchOptions()) throws -> IndexSearcher {
        try IndexSearcher(VectorIndex(path: path), options)
    }

    struct Shape: CustomTestStringConvertible {
        let rows: Int, dimensions: Int, wanted: Int
        var testDescription: String { "\(wanted) of \(rows) x \(dimensions)" }
    }

    static let shapes = [
        Shape(rows: 1, dimensions: 1, wanted: 1), Shape(rows: 7, dimensions: 5, wanted: 3),
        Shape(rows: 100, dimensions: 32, wanted: 100), Shape(rows: 1025, dimensions: 384, wanted: 10),
        Shape(rows: 3000, dimensions: 100, wanted: 1), Shape(rows: 2500, dimensions: 33, wanted: 700),
    ]

    @Test(arguments: shapes, InstructionSets.runnable)
    func `a search is bit-identical to comparing with every row`(shape: Shape, isa: String) throws {
        let corpus = Corpus(rows: shape.rows, dimensions: shape.dimensions, seed: shape.rows)
        try corpus.write(to: path)
        var options = IndexSearchOptions()
        options.instructionSet = isa
        var random = SeededRandom(seed: 7)
        for threads in [1, 3] {
            options.threads = threads
            var searcher = try searcher(options)
            let query = Corpus.vector(shape.dimensions, &random)
            #expect(try searcher.search(query, count: shape.wanted) == corpus.best(query, count: shape.wanted))
        }
    }

    @Test func `queries put together find what each finds alone`() throws {
        let corpus = Corpus(rows: 2100, dimensions: 64, seed: 1)
        try corpus.write(to: path)
        var searcher = try searcher()
        var random = SeededRandom(seed: 2)
        let queries = (0..<150).map { _ in Corpus.vector(64, &random) }
        #expect(try searcher.search(queries, count: 4) == queries.map { corpus.best($0, count: 4) })
        #expect(try searcher.search([[Float]](), count: 4).isEmpty)
    }

    /// The hardest case for the bounds: all rows are nearly the same.
    @Test func `rows that differ in their last bits only are ranked exactly`() throws {
        var random = SeededRandom(seed: 3)
        let base = Corpus.vector(96, &random)
        let corpus = Corpus(
            (0..<3000).map { _ in base.map { $0 * (1 + Float.random(in: -1e-6...1e-6, using: &random)) } })
        try corpus.write(to: path)
        var searcher = try searcher()
        #expect(try searcher.search(base, count: 20) == corpus.best(base, count: 20))
    }

    @Test func `of rows of equal score the first come first`() throws {
        try Corpus([[Float]](repeating: [3, 4], count: 2000)).write(to: path)
        var searcher = try searcher()
        let matches = try searcher.search([3, 4], count: 5)
        #expect(matches.map(\.row) == [0, 1, 2, 3, 4])
        #expect(matches.allSatisfy { abs($0.score - 1) < 1e-6 })
    }

    @Test(arguments: IndexWriter.Precision.allCases)
    func `extreme vectors have scores, too`(precision: IndexWriter.Precision) throws {
        let tiny = Float.leastNonzeroMagnitude, huge = Float.greatestFiniteMagnitude
        try Corpus([[0, 0], [tiny, 0], [huge, huge], [-huge, 0]]).write(to: path, precision: precision)
        var searcher = try searcher()
        let matches = try searcher.search([huge, 0], count: 4)
        #expect(matches.map(\.row) == [1, 2, 0, 3])
        for (match, score) in zip(matches, [1, 0.5.squareRoot(), 0, -1]) {
            #expect(abs(Double(match.score) - score) < 0.01)
        }
        #expect(try searcher.search([0, 0], count: 2).map(\.row) == [0, 1])
    }

    @Test func `an int8 index ranks by the rounded vectors, whatever runs it`() throws {
        let corpus = Corpus(rows: 2000, dimensions: 100, seed: 4)
        try corpus.write(to: path, precision: .int8)
        let index = try VectorIndex(path: path)
        #expect(index.precision == .int8)
        var random = SeededRandom(seed: 5)
        let query = Corpus.vector(100, &random)
        var results: [[IndexMatch]] = []
        for isa in InstructionSets.runnable {
            var options = IndexSearchOptions()
            options.instructionSet = isa
            var searcher = try IndexSearcher(index, options)
            results.append(try searcher.search(query, count: 50))
            let all = try searcher.search(query, count: corpus.rows.count)
            #expect(Array(all.prefix(50)) == results[0])
        }
        let exact = corpus.best(query, count: corpus.rows.count)
        var scores = [Float](repeating: 0, count: corpus.rows.count)
        for match in exact { scores[match.row] = match.score }
        for (place, match) in results[0].enumerated() {
            #expect(results.allSatisfy { $0[place] == match })
            #expect(abs(match.score - scores[match.row]) < 0.01)
        }
    }

    @Test func `more than there is gives all, nothing gives nothing`() throws {
        let corpus = Corpus(rows: 10, dimensions: 3, seed: 6)
        try corpus.write(to: path)
        var searcher = try searcher()
        #expect(try searcher.search([1, 2, 3], count: .max) == corpus.best([1, 2, 3], count: 10))
        #expect(try searcher.search([1, 2, 3], count: 0).isEmpty)
    }

    @Test func `an empty index finds nothing`() throws {
        try IndexWriter(path: path, model: .test(dimensions: 8)).finish()
        let index = try VectorIndex(path: path)
        #expect(index.count == 0)
        var searcher = try IndexSearcher(index)
        #expect(try searcher.search([Float](repeating: 1, count: 8), count: 3).isEmpty)
        let error = #expect(throws: SwiftletError.self) { try index.text(ofRow: 0) }
        #expect(error?.code == .invalidArgument)
    }

    @Test(arguments: [
        ([1, 2], 1, SwiftletError.Code.indexMismatch, "2 dimensions"),
        ([1, .nan, 3], 1, .invalidArgument, "nan at index 1"),
        ([1, 2, -Float.infinity], 1, .invalidArgument, "-inf at index 2"),
        ([1, 2, 3], -1, .invalidArgument, "-1 matches"),
    ])
    func `a query that cannot be answered is an error`(
        query: [Float], count: Int, code: SwiftletError.Code, reason: String
    ) throws {
        try Corpus(rows: 10, dimensions: 3, seed: 6).write(to: path)
        var searcher = try searcher()
        var error: SwiftletError?
        do throws(SwiftletError) { _ = try searcher.search(query, count: count) } catch let thrown { error = thrown }
        #expect(error?.code == code)
        #expect(error?.message.contains(reason) == true)
    }
}
