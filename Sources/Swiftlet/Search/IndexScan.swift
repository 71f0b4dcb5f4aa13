internal import Interpreter
internal import Synchronization
internal import Tensors

/// One pass over an index for a few queries, whose vectors are in place.
struct IndexScan: Sendable {
    let tensors: IndexTensors
    let kernels: Kernels
    let view: ArenaView
    let layout: IndexSearcher.Layout
    /// One for each query.
    let bounds: [ScoreBound]
    /// Rows that are wanted for each query, 1 to as many as there are.
    let wanted: Int

    private typealias Candidate = CandidateList.Candidate

    /// Chunks of rows that nobody has taken.
    private final class Counter: Sendable {
        private let next = Atomic(0)

        func take() -> Int { next.wrappingAdd(1, ordering: .relaxed).oldValue }
    }

    // MARK: First pass

    /// For each query, the rows that may be among the best.
    func candidates(_ pool: borrowing ThreadPool) -> [[CandidateList.Candidate]] {
        let counter = Counter()
        let all = ForkSafeMutex<[[CandidateList]]>([])
        pool.run { thread, _ in
            var lists = [CandidateList](repeating: CandidateList(wanted: wanted), count: bounds.count)
            while let rows = rows(ofChunk: counter.take()) {
                scan(rows, thread: thread, into: &lists)
            }
            all.withLock { $0.append(lists) }
        }
        let found = all.withLock { $0 }
        return bounds.indices.map { query in CandidateList.merged(found.map { $0[query] }, wanted: wanted) }
    }

    private func scan(_ rows: Range<Int>, thread: Int, into lists: inout [CandidateList]) {
        let scores = layout.scores(view, thread: thread, queries: bounds.count, rows: rows.count)
        let queries = layout.quantizedQueries(view, count: bounds.count)
        kernels.product(
            tensors.codes, rows: rows, Activations(floats: nil, quantized: queries), out: scores,
            scratch: layout.scratch(view, thread: thread))
        for query in bounds.indices {
            let bound = bounds[query]
            scores.withRow(query) { scores in
                var threshold = lists[query].threshold
                for index in scores.indices {
                    let radius = bound.radius(tensors.exact?.errors[rows.lowerBound + index] ?? 0)
                    if scores[index] + radius < threshold { continue }
                    lists[query].insert(
                        row: rows.lowerBound + index, lower: scores[index] - radius, upper: scores[index] + radius)
                    threshold = lists[query].threshold
                }
            }
        }
    }

    // MARK: Second pass

    /// The best of the candidates by their exact scores, for each query.
    func matches(_ candidates: [[CandidateList.Candidate]], _ pool: borrowing ThreadPool) -> [[IndexMatch]] {
        let pairs = candidates.enumerated().flatMap { query, rows in rows.map { (query: query, row: $0.row) } }
        let scores = pool.map(count: pairs.count, piece: 64) { index, thread in
            score(query: pairs[index].query, row: pairs[index].row, thread: thread)
        }
        var matches = [[IndexMatch]](repeating: [], count: candidates.count)
        for (index, pair) in pairs.enumerated() {
            matches[pair.query].append(IndexMatch(row: pair.row, score: scores[index]))
        }
        return matches.map { Array($0.sorted(by: IndexMatch.precedes).prefix(wanted)) }
    }

    private func score(query: Int, row: Int, thread: Int) -> Float {
        let matrix = tensors.exact?.vectors ?? tensors.codes
        let vector = layout.vector(view, thread: thread, columns: matrix.columns)
        kernels.unpack(matrix, row: row, to: vector, row: 0)
        return layout.queries(view, count: bounds.count).withRow(query) { query in
            vector.withRow(0) { vector in Float(vector.dot(query)) }
        }
    }

    private func rows(ofChunk number: Int) -> Range<Int>? {
        let (first, overflow) = number.multipliedReportingOverflow(by: layout.chunkRows)
        guard !overflow, first < tensors.codes.rows else { return nil }
        return first..<min(first + layout.chunkRows, tensors.codes.rows)
    }
}

extension IndexMatch {
    /// The order of matches. A damaged file can hold NaN, which comes last.
    static func precedes(_ a: IndexMatch, _ b: IndexMatch) -> Bool {
        let (left, right) = (a.score.isNaN ? -.infinity : a.score, b.score.isNaN ? -.infinity : b.score)
        return left != right ? left > right : a.row < b.row
    }
}

/// How far a row's score by its codes can be from its exact score.
struct ScoreBound: Sendable {
    /// Increase of the bound per unit of the row's code error.
    private let slope: Float
    private let offset: Float

    /// - Parameters:
    ///   - unit: the query, padded, as the exact score has it.
    ///   - quantized: the query as the product has it.
    ///   - isExact: whether the codes are the vectors.
    init(_ unit: [Float], _ quantized: QuantizedRows, row: Int, isExact: Bool) {
        var length = 0.0
        var difference = 0.0
        for (column, element) in unit.enumerated() {
            let rounded = Double(quantized[row, column])
            length += rounded * rounded
            difference += (Double(element) - rounded) * (Double(element) - rounded)
        }
        // A sum of n products is off by at most n roundings of the sum of their magnitudes, itself at most |q'| |v'|; a few
        // more come from the scales and from these bounds. Rows have the length 1, and their codes that and their error.
        let rounding = Double(unit.count + 64) * 0x1p-23
        slope = Float(1 + difference.squareRoot() + rounding).nextUp
        offset = Float(difference.squareRoot() + rounding * (1 + length.squareRoot())).nextUp * (isExact ? 1.01 : 1)
    }

    /// - Parameter error: the length of the difference between a row and its codes.
    func radius(_ error: Float) -> Float { error >= 0 ? slope * error + offset : .infinity }
}
