/// One sequence's share of a step: its next `count` tokens.
package struct BatchEntry: Sendable {
    package let sequence: Int
    package let count: Int
    package let outputs: Outputs
    /// How many of the entry's first tokens belong to segment 0; the others belong to segment 1.
    package let firstSegment: Int
    /// Positions of the sequence once all that these tokens are part of is taken in; a dynamic rope turns by it. Nil: each
    /// token's own.
    let reach: Int?
    let products: ProductKernels
    /// What cross-attention reads.
    let cross: CrossCache?
    /// Takes the entry out of the running step, or else of the next one. Its sequence then stays as it was; other entries go
    /// on.
    package let cancellation: Cancellation?

    /// Which of the entry's rows the caller wants results for.
    package enum Outputs: Sendable, BitwiseCopyable {
        case none, first, last, all
        /// One result, of the mean of all rows.
        case mean

        /// Rows of results of `count` tokens.
        func rows(of count: Int) -> Int {
            switch self {
            case .none: 0
            case .first, .last, .mean: 1
            case .all: count
            }
        }
    }

    package init(
        sequence: Int = 0, count: Int, outputs: Outputs, firstSegment: Int? = nil, reach: Int? = nil,
        products: ProductKernels = .fastest, cross: CrossCache? = nil, cancellation: Cancellation? = nil
    ) {
        self.sequence = sequence
        self.count = count
        self.outputs = outputs
        self.firstSegment = firstSegment ?? count
        self.reach = reach
        self.products = products
        self.cross = cross
        self.cancellation = cancellation
    }
}

/// Which kernels the products of an entry use. GEMV and GEMM add up in different orders; the other entries of the step change
/// neither.
package enum ProductKernels: Sendable, BitwiseCopyable {
    /// The fastest for the entry's number of tokens.
    case fastest
    /// Results of a token are bit-identical to those of a step of its own.
    case gemv
    /// Results of a token do not depend on the number of tokens of its entry.
    case gemm
    /// The fastest for a larger entry of that many tokens, which this one is a part of: results are bit-identical to those
    /// of the whole.
    case fastestFor(Int)

    /// Token count that selects the kernel of a product with a row for each of the entry's tokens.
    func tokens(_ count: Int) -> Int { if case .fastestFor(let whole) = self { whole } else { tokens(results: count) } }

    /// Token count that selects the kernel of a product with a row for each of the entry's results.
    func tokens(_ count: Int, _ outputs: BatchEntry.Outputs) -> Int {
        if case .all = outputs { tokens(count) } else { tokens(results: outputs.rows(of: count)) }
    }

    private func tokens(results rows: Int) -> Int {
        switch self {
        case .fastest, .fastestFor: rows
        case .gemv: min(1, rows)
        case .gemm: rows == 0 ? 0 : .max
        }
    }
}
