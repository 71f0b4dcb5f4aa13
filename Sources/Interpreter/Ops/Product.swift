internal import Graph
internal import Tensors

/// How the rows of a matrix are cut into chunks that threads take one after the other. A result does not depend on it.
enum Chunks {
    /// No chunk has more rows: a chunk's results for all tokens are kept while they are worked on.
    static let mostRows = 256

    /// Bytes of weights that make a chunk worth its overhead where the weights are streamed.
    private static let streamedBytes = 96 << 10

    /// Rows of a chunk of `weights` in a step of `tokens` tokens.
    static func rows(_ weights: WeightMatrix, tokens: Int, kernels: Kernels, threads: Int) -> Int {
        let panel = kernels.panelRows(weights.format, tokens: tokens)
        let fair = weights.rows / (threads * 4)  // four chunks a thread even out what the threads lose to others
        if panel > 1 { return min(mostRows / panel * panel, max(panel, fair / panel * panel)) }
        let streamed = max(16, streamedBytes / weights.rowBytes)
        return min(mostRows, streamed, max(16, (fair + 15) / 16 * 16))
    }
}

extension Step {
    /// Each term's `out = weights . x + bias + residual`.
    func product(_ product: Product, _ worker: Worker) {
        let x = activations(product)
        let scratch = scratch(worker)
        let tokens = rows(terms[product.firstTerm].out).rows
        var next = worker.take()
        var first = 0  // the number of the term's first chunk
        for index in product.firstTerm..<product.firstTerm + product.termCount {
            let term = terms[index]
            let out = rows(term.out)
            let size = Chunks.rows(term.weights, tokens: tokens, kernels: kernels, threads: worker.threads)
            let count = (term.weights.rows + size - 1) / size
            while next < first + count {
                let start = (next - first) * size
                let range = start..<min(start + size, term.weights.rows)
                let part = out.columns(range)
                kernels.product(term.weights, rows: range, x, out: part, scratch: scratch)
                finish(term, range, part)
                next = worker.take()
            }
            first += count
        }
    }

    /// `out = activation(gate . x) * (up . x)`, chunk by chunk, so that neither product is ever stored whole.
    func gatedProduct(_ product: Product, _ activation: Activation, _ worker: Worker) {
        let x = activations(product)
        let scratch = scratch(worker)
        let gate = terms[product.firstTerm]
        let up = terms[product.firstTerm + 1]
        let out = rows(gate.out)
        let size = Chunks.rows(gate.weights, tokens: out.rows, kernels: kernels, threads: worker.threads)
        let count = (gate.weights.rows + size - 1) / size
        let work = scratch.dropping(kernels.productScratchBytes(columns: gate.weights.columns))
        while true {
            let start = worker.take() * size
            guard start < count * size else { break }
            let range = start..<min(start + size, gate.weights.rows)
            let part = out.columns(range)
            let other = work.floats(rows: out.rows, columns: range.count)
            kernels.product(gate.weights, rows: range, x, out: part, scratch: scratch)
            kernels.product(up.weights, rows: range, x, out: other, scratch: scratch)
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
        kernels.productScratchBytes(columns: columns) + tokens * Chunks.mostRows * 4
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
