internal import Interpreter
internal import Tensors

/// How a searcher runs.
public struct IndexSearchOptions: Sendable {
    /// 0: as many as this process may use (affinity, cgroup quota, physical cores, `SWIFTLET_NUM_THREADS`).
    public var threads = 0
    /// Forces an instruction set (`scalar`, `avx2`, `avxvnni`, `avx512`, `neon`, `i8mm`); nil: what `SWIFTLET_ISA` says, or the
    /// fastest.
    public var instructionSet: String?

    /// The defaults.
    public init() {}
}

/// A row of an index that a query has found.
public struct IndexMatch: Sendable, Equatable {
    /// Its place in the index, from 0; ``VectorIndex/text(ofRow:)`` has its text.
    public let row: Int
    /// The cosine of the query's vector and the row's.
    public let score: Float

    /// A match of the row and the score given.
    public init(row: Int, score: Float) {
        self.row = row
        self.score = score
    }
}

/// Finds the rows of an index whose vectors are nearest to a query's. One thread at a time.
///
/// The result is exact: that of computing every row's score, the sum of the products of two float32 vectors of length 1 taken
/// in order and in double precision, rounded to float32; then sorting by score, rows of equal score by their number. It does
/// not depend on the number of threads, the instruction set, or the other queries of a call.
///
/// It is found without that. A pass over the int8 codes gives each row an approximate score `s`, with query `q` rounded to
/// `q'` and row `v` to `v'`; then `|q . v - s| <= |q| |v - v'| + |q - q'| |v'| + r` by the inequality of Cauchy and Schwarz, `r`
/// for the rounding of the sum. The index has `|v - v'|` of each row. Only rows whose upper bound reaches the k-th greatest
/// lower bound are scored exactly: a few dozen of a million, unless many are nearly equal.
public struct IndexSearcher: ~Copyable {
    /// The index.
    public let index: VectorIndex
    private let kernels: Kernels
    private let pool: ThreadPool
    private let arena: Arena
    private let layout: Layout

    /// Max queries of one pass over the codes.
    private static let maxQueries = 64

    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`.
    public init(_ index: VectorIndex, _ options: IndexSearchOptions = IndexSearchOptions()) throws(SwiftletError) {
        try RuntimeOptions.check(threads: options.threads)
        let kernels = try InstructionSets.kernels(options.instructionSet)
        let pool: ThreadPool
        do throws(InterpreterError) { pool = try ThreadPool(threads: options.threads) } catch {
            throw SwiftletError(error)
        }
        let layout = Layout(index.model, kernels, threads: pool.count, queries: Self.maxQueries)
        do throws(Tensors.TensorError) { arena = try Arena(byteCount: layout.byteCount) } catch {
            throw SwiftletError(error)
        }
        self.index = index
        self.kernels = kernels
        self.pool = pool
        self.layout = layout
    }

    /// Threads that take part in a search.
    public var threadCount: Int { pool.count }

    /// The rows nearest to a query, the nearest first.
    ///
    /// - Parameters:
    ///   - query: `[dimensions]`, a vector of the index's model; its length does not matter.
    ///   - count: how many rows; all when there are fewer.
    /// - Throws: ``SwiftletError``: `indexMismatch` for a query of other dimensions, `invalidArgument` for one that is not
    ///   finite or a negative count.
    public mutating func search(_ query: [Float], count: Int) throws(SwiftletError) -> [IndexMatch] {
        try search([query], count: count)[0]
    }

    /// The rows nearest to each of some queries, which share passes over the index: faster than one by one.
    ///
    /// - Parameters:
    ///   - queries: `[queries][dimensions]`
    ///   - count: how many rows for each query; all when there are fewer.
    /// - Returns: the matches of each query, the nearest first.
    /// - Throws: as ``search(_:count:)-(_,_)``.
    public mutating func search(_ queries: [[Float]], count: Int) throws(SwiftletError) -> [[IndexMatch]] {
        guard count >= 0 else { throw SwiftletError(.invalidArgument, "\(count) matches are not possible") }
        var unit = UnitVector(columns: layout.columns)
        for query in queries { try Self.check(query, &unit, index) }
        let wanted = min(count, index.count)
        guard let tensors = index.tensors, wanted > 0 else { return queries.map { _ in [] } }
        var matches: [[IndexMatch]] = []
        for first in stride(from: 0, to: queries.count, by: Self.maxQueries) {
            let group = queries[first..<min(first + Self.maxQueries, queries.count)]
            matches += search(group, tensors, wanted: wanted)
        }
        return matches
    }

    private static func check(
        _ query: [Float], _ unit: inout UnitVector, _ index: VectorIndex
    ) throws(SwiftletError) {
        guard query.count == index.model.dimensions else {
            throw SwiftletError(
                .indexMismatch,
                "the query has \(query.count) dimensions, the vectors of \(index.path) have \(index.model.dimensions)")
        }
        if let place = unit.set(query.span) {
            throw SwiftletError(.invalidArgument, "the query holds \(query[place]) at index \(place)")
        }
    }

    private mutating func search(
        _ queries: ArraySlice<[Float]>, _ tensors: IndexTensors, wanted: Int
    ) -> [[IndexMatch]] {
        let floats = layout.queries(arena.view, count: queries.count)
        let quantized = layout.quantizedQueries(arena.view, count: queries.count)
        var unit = UnitVector(columns: layout.columns)
        var bounds: [ScoreBound] = []
        for (row, query) in queries.enumerated() {
            _ = unit.set(query.span)
            floats.fill(row: row, from: unit.elements.span)
            kernels.quantize(floats, row: row, to: quantized, row: row)
            bounds.append(ScoreBound(unit.elements, quantized, row: row, isExact: tensors.exact == nil))
        }
        let scan = IndexScan(
            tensors: tensors, kernels: kernels, view: arena.view, layout: layout, bounds: bounds, wanted: wanted)
        let candidates = scan.candidates(pool)
        return scan.matches(candidates, pool)
    }
}
