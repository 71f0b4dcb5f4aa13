internal import Graph
internal import Tensors

/// How the rows of a matrix are cut into chunks that threads take one after the other. A result does not depend on it.
struct Chunks {
    /// Rows of a chunk for as many tokens as a step takes; for fewer tokens a chunk may have as many more.
    static let rowsOfFullStep = 256
    /// Rows of a chunk are a multiple of it: int8 blocks, and 64 bytes of floats, are never shared by two.
    static let unit = 32

    private let rows: Int
    /// The first chunk of every thread is larger: weights are read fastest along one long stretch. The rest evens out what
    /// the threads lose to other work.
    private let largeCount: Int
    private let large: Int
    private let small: Int

    /// - Parameter most: rows whose results for all tokens fit a thread's scratch; at least ``unit``.
    init(_ weights: WeightMatrix, tokens: Int, most: Int = .max, kernels: Kernels, threads: Int) {
        rows = weights.rows
        let panel = max(Self.unit, kernels.panelRows(weights.format, tokens: tokens))
        if kernels.panelRows(weights.format, tokens: tokens) > 1 {
            let fair = rows / (threads * 4) / panel * panel
            small = max(panel, min(fair, min(most, Self.rowsOfFullStep) / panel * panel))
            large = small
            largeCount = 0
        } else {
            let most = most / Self.unit * Self.unit
            large = min(most, rows * 3 / 4 / threads / Self.unit * Self.unit)
            largeCount = large > 0 ? threads : 0
            small = min(most, max(Self.unit, (rows / (threads * 16) + Self.unit - 1) / Self.unit * Self.unit))
        }
    }

    var count: Int { largeCount + max(0, rows - largeCount * large + small - 1) / small }

    /// The rows of a chunk below ``count``.
    subscript(chunk: Int) -> Range<Int> {
        let start = chunk < largeCount ? chunk * large : largeCount * large + (chunk - largeCount) * small
        return start..<min(start + (chunk < largeCount ? large : small), rows)
    }
}

/// Where a product's result goes: float32 rows, or int8 blocks by way of a thread's scratch.
private struct ProductTarget {
    let floats: FloatRows?
    let blocks: QuantizedRows?
    let rows: Int

    /// The columns `range` of the result as float32, to be computed and, where they are in `scratch`, quantized.
    func part(_ range: Range<Int>, scratch: Scratch) -> FloatRows {
        floats?.columns(range) ?? scratch.floats(rows: rows, columns: range.count)
    }
}

extension Step {
    /// Each term's `out = activation(weights . x + bias) + residual`.
    func product(_ product: Product, _ worker: Worker) {
        let x = activations(product)
        let scratch = scratch(worker)
        var next = worker.take()
        var first = 0  // the number of the term's first chunk
        for index in product.firstTerm..<product.firstTerm + product.termCount {
            let term = terms[index]
            let out = target(term)
            let tokens = regime(out.rows)
            let work = scratch.dropping(kernels.productScratchBytes(columns: term.weights.columns))
            let chunks = Chunks(
                term.weights, tokens: tokens, most: out.blocks == nil ? .max : work.byteCount / (4 * max(1, out.rows)),
                kernels: kernels, threads: worker.threads)
            while next < first + chunks.count {
                let range = chunks[next - first]
                let part = out.part(range, scratch: work)
                kernels.product(term.weights, rows: range, x, out: part, scratch: scratch, regime: tokens)
                finish(term, range, part, out.blocks)
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
        let out = target(gate)
        let tokens = regime(out.rows)
        let work = scratch.dropping(kernels.productScratchBytes(columns: gate.weights.columns))
        let buffers = out.blocks == nil ? 1 : 2
        let chunks = Chunks(
            gate.weights, tokens: tokens, most: work.byteCount / (4 * buffers * max(1, out.rows)), kernels: kernels,
            threads: worker.threads)
        while true {
            let chunk = worker.take()
            guard chunk < chunks.count else { break }
            let range = chunks[chunk]
            let other = work.floats(rows: out.rows, columns: range.count)
            let part = out.part(range, scratch: work.dropping(out.blocks == nil ? 0 : out.rows * range.count * 4))
            kernels.product(gate.weights, rows: range, x, out: part, scratch: scratch, regime: tokens)
            kernels.product(up.weights, rows: range, x, out: other, scratch: scratch, regime: tokens)
            for row in 0..<out.rows {
                kernels.activate(activation, part, bias: gate.bias?.elements(range), row: row, out: part)
                kernels.add(bias: up.bias?.elements(range), residual: nil, to: other, row: row)
                kernels.multiply(part, other, row: row, out: part)
                if let blocks = out.blocks { kernels.quantize(part, row: row, to: blocks, from: range.lowerBound) }
            }
        }
    }

    /// Bytes of scratch that a thread needs for a product with a weight of this many columns.
    static func productScratchBytes(columns: Int, tokens: Int, kernels: Kernels) -> Int {
        kernels.productScratchBytes(columns: columns) + tokens * Chunks.rowsOfFullStep * 4
    }

    /// The number of tokens that the kernel of a product with a result of so many rows is chosen by.
    private func regime(_ rows: Int) -> Int {
        switch products {
        case .fastest: rows
        case .few: min(1, rows)
        case .many: rows == 0 ? 0 : .max
        }
    }

    private func target(_ term: ProductTerm) -> ProductTarget {
        switch slots[term.out.index].storage {
        case .float32:
            let floats = rows(term.out)
            return ProductTarget(floats: floats, blocks: nil, rows: floats.rows)
        case .int8Blocks:
            let blocks = quantized(term.out)
            return ProductTarget(floats: nil, blocks: blocks, rows: blocks.rows)
        }
    }

    private func activations(_ product: Product) -> Activations {
        Activations(
            floats: product.floats.map { rows($0) }, quantized: product.quantized.map { quantized($0) })
    }

    /// What follows the product for the columns `range` of the term's result, row by row while that is in the L1 cache.
    private func finish(_ term: ProductTerm, _ range: Range<Int>, _ part: FloatRows, _ blocks: QuantizedRows?) {
        let bias = term.bias?.elements(range)
        let residual = term.residual.map { rows($0).columns(range) }
        guard bias != nil || term.activation != nil || residual != nil || blocks != nil else { return }
        for row in 0..<part.rows {
            if let activation = term.activation {
                kernels.activate(activation, part, bias: bias, row: row, out: part)
            }
            kernels.add(bias: term.activation == nil ? bias : nil, residual: residual, to: part, row: row)
            if let blocks { kernels.quantize(part, row: row, to: blocks, from: range.lowerBound) }
        }
    }
}
