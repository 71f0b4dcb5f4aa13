internal import Graph
internal import Tensors

/// How the rows of a matrix are cut into chunks that threads take one after the other. A result does not depend on it.
struct Chunks {
    /// Rows of a chunk for as many tokens as a step takes; for fewer tokens a chunk may have as many more.
    static let rowsOfFullStep = 256

    private let rows: Int
    /// The first chunk of every thread is larger: weights are read fastest along one long stretch. The rest evens out what
    /// the threads lose to other work.
    private let largeCount: Int
    private let large: Int
    private let small: Int

    /// - Parameter most: rows whose results for all tokens fit a thread's scratch.
    init(_ weights: WeightMatrix, tokens: Int, most: Int = .max, kernels: Kernels, threads: Int) {
        rows = weights.rows
        let panel = kernels.panelRows(weights.format, tokens: tokens)
        if panel > 1 {
            let fair = rows / (threads * 4) / panel * panel
            small = max(panel, min(fair, Self.rowsOfFullStep / panel * panel))
            large = small
            largeCount = 0
        } else {
            large = min(most, rows * 3 / 4 / threads / 16 * 16)
            largeCount = large > 0 ? threads : 0
            small = min(most, max(16, (rows / (threads * 16) + 15) / 16 * 16))
        }
    }

    var count: Int { largeCount + max(0, rows - largeCount * large + small - 1) / small }

    /// The rows of a chunk below ``count``.
    subscript(chunk: Int) -> Range<Int> {
        let start = chunk < largeCount ? chunk * large : largeCount * large + (chunk - largeCount) * small
        return start..<min(start + (chunk < largeCount ? large : small), rows)
    }
}

extension Step {
    /// Each term's `out = weights . x + bias + residual`.
    func product(_ product: Product, _ worker: Worker) {
        let x = activations(product)
        let scratch = scratch(worker)
        let tokens = regime(rows(terms[product.firstTerm].out))
        var next = worker.take()
        var first = 0  // the number of the term's first chunk
        for index in product.firstTerm..<product.firstTerm + product.termCount {
            let term = terms[index]
            let out = rows(term.out)
            let chunks = Chunks(term.weights, tokens: tokens, kernels: kernels, threads: worker.threads)
            while next < first + chunks.count {
                let range = chunks[next - first]
                let part = out.columns(range)
                kernels.product(term.weights, rows: range, x, out: part, scratch: scratch, regime: tokens)
                finish(term, range, part)
                next = worker.take()
            }
            first += chunks.count
        }
    }

    /// `out = activation(gate . x) * (up . x)`, chunk by chunk, so that neither product is ever stored whole.
    func gatedProduct(_ product: Product, _ activation: Activation, _ worker: Worker) {
        let x = activations(product)
        let scratch = scratch(worker)
        let gate = terms[product.firstTerm]
        let up = terms[product.firstTerm + 1]
        let out = rows(gate.out)
        let work = scratch.dropping(kernels.productScratchBytes(columns: gate.weights.columns))
        let tokens = regime(out)
        let chunks = Chunks(
            gate.weights, tokens: tokens, most: work.byteCount / (4 * out.rows), kernels: kernels,
            threads: worker.threads)
        while true {
            let chunk = worker.take()
            guard chunk < chunks.count else { break }
            let range = chunks[chunk]
            let part = out.columns(range)
            let other = work.floats(rows: out.rows, columns: range.count)
            kernels.product(gate.weights, rows: range, x, out: part, scratch: scratch, regime: tokens)
            kernels.product(up.weights, rows: range, x, out: other, scratch: scratch, regime: tokens)
            finish(gate, range, part)
            finish(up, range, other)
            for row in 0..<out.rows {
                kernels.activate(activation, part, row: row, out: part)
                kernels.multiply(part, other, row: row, out: part)
            }
        }
    }

    /// Bytes of scratch that a thread needs for a product with a weight of this many columns.
    static func productScratchBytes(columns: Int, tokens: Int, kernels: Kernels) -> Int {
        kernels.productScratchBytes(columns: columns) + tokens * Chunks.rowsOfFullStep * 4
    }

    /// The number of tokens that the kernel of a product with this result is chosen by.
    private func regime(_ out: FloatRows) -> Int {
        switch products {
        case .fastest: out.rows
        case .few: min(1, out.rows)
        case .many: out.rows == 0 ? 0 : .max
        }
    }

    private func activations(_ product: Product) -> Activations {
        Activations(
            floats: product.floats.map { rows($0) }, quantized: product.quantized.map { quantized($0) })
    }

    /// Bias and residual, for the columns `range` of the term's result.
    private func finish(_ term: ProductTerm, _ range: Range<Int>, _ part: FloatRows) {
        if let bias = term.bias {
            for row in 0..<part.rows { kernels.addBias(bias, from: range.lowerBound, to: part, row: row) }
        }
        if let residual = term.residual {
            let other = rows(residual).columns(range)
            for row in 0..<part.rows { kernels.add(part, other, row: row, out: part) }
        }
    }
}
