internal import Graph
internal import Tensors

/// How a product with packed weights is cut into chunks that threads take one after the other: some rows for some tokens. A
/// result does not depend on it.
struct PackedChunks {
    /// Max tokens of a chunk: their results for a group of rows stay in a core's cache until they are quantized.
    static let maxTokens = 96

    private let rows: Int
    private let tokens: Int
    private let rowsEach: Int
    private let blocks: Int

    /// - Parameter quantized: where the result goes, by whole groups, unless it stays float32.
    init(rows: Int, tokens: Int, quantized: QuantizedForm?) {
        self.rows = rows
        self.tokens = tokens
        rowsEach = quantized?.unit ?? PackedMatrix.rowsTogether
        blocks = (tokens + Self.maxTokens - 1) / Self.maxTokens
    }

    var count: Int { (rows + rowsEach - 1) / rowsEach * blocks }

    /// A chunk below ``count``; those of the same rows are neighbours.
    subscript(chunk: Int) -> (rows: Range<Int>, tokens: Range<Int>) {
        let row = chunk / blocks * rowsEach
        let block = chunk % blocks
        return (
            row..<min(row + rowsEach, rows), tokens * block / blocks..<tokens * (block + 1) / blocks
        )
    }
}

extension Step {
    /// The chunks of a term with packed weights that this thread takes: from `next` on, the first of the term's being
    /// `first`; moves on both.
    func packedProduct(
        _ term: ProductTerm, _ weights: PackedMatrix, _ x: GroupedRows, _ out: ProductTarget, _ worker: Worker,
        _ memory: (weights: Scratch, lowRanks: Scratch), next: inout Int, first: inout Int
    ) {
        let work = memory.weights
        let factor = factor(term)
        let residual = term.residual.map { rows($0) }
        let activation = out.quantized?.activates == true ? nil : term.activation
        let chunks = PackedChunks(rows: weights.rows, tokens: out.rows, quantized: out.quantized)
        while next < first + chunks.count {
            let (range, tokens) = chunks[next - first]
            let part = out.part(range, tokens: tokens, scratch: work)
            kernels.product(
                weights, rows: range, x, tokens: tokens, bias: term.bias,
                residual: term.activation == nil ? residual : nil, out: part)
            // A product with a factor is an adapter's first: it has neither bias nor residual.
            if let factor { for row in 0..<part.rows { kernels.scale(part, row: row, by: factor) } }
            addLowRanks(term, range, tokens: tokens, to: part, scratch: memory.lowRanks)
            if activation != nil || out.quantized != nil {
                let addend = term.activation == nil ? nil : residual?.columns(range)
                for run in Runs(0..<part.rows, of: QuantizedForm.rowsTogether) {
                    if let activation { kernels.activate(activation, rows: run, of: part) }
                    if let addend {
                        for row in run { kernels.add(addend, row: tokens.lowerBound + row, to: part, row: row) }
                    }
                    out.quantized?.fill(
                        tokens.lowerBound + run.lowerBound, from: part, rows: run, firstColumn: range.lowerBound,
                        kernels)
                }
            }
            next = worker.take()
        }
        first += chunks.count
    }

    /// `out = activation(gate . x) * (up . x)` with packed weights.
    func gatedPackedProduct(
        _ gate: (term: ProductTerm, weights: PackedMatrix), _ up: (term: ProductTerm, weights: PackedMatrix),
        _ activation: Activation, _ x: GroupedRows, _ out: ProductTarget, _ worker: Worker,
        _ memory: (weights: Scratch, lowRanks: Scratch)
    ) {
        let work = memory.weights
        let chunks = PackedChunks(rows: gate.weights.rows, tokens: out.rows, quantized: out.quantized)
        while true {
            let chunk = worker.take()
            guard chunk < chunks.count else { break }
            let (range, tokens) = chunks[chunk]
            let other = work.floats(rows: tokens.count, columns: range.count)
            let part = out.part(range, tokens: tokens, scratch: work.dropping(tokens.count * range.count * 4))
            kernels.product(
                gate.weights, rows: range, x, tokens: tokens, bias: gate.term.bias, residual: nil, out: part)
            kernels.product(
                up.weights, rows: range, x, tokens: tokens, bias: up.term.bias, residual: nil, out: other)
            addLowRanks(gate.term, range, tokens: tokens, to: part, scratch: memory.lowRanks)
            addLowRanks(up.term, range, tokens: tokens, to: other, scratch: memory.lowRanks)
            for run in Runs(0..<part.rows, of: QuantizedForm.rowsTogether) {
                for row in run {
                    kernels.activate(activation, part, row: row, out: part)
                    kernels.multiply(part, other, row: row, out: part)
                }
                out.quantized?.fill(
                    tokens.lowerBound + run.lowerBound, from: part, rows: run, firstColumn: range.lowerBound, kernels)
            }
        }
    }
}
