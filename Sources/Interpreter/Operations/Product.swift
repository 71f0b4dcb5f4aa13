internal import Graph
internal import Tensors

/// How the rows of a matrix are cut into chunks that threads take one after the other. A result does not depend on it.
struct Chunks {
    /// Rows of a chunk are a multiple of it where its result stays in floats, so that 64 bytes are never shared by two.
    static let unit = 32

    private let rows: Int
    /// The first chunk of every thread is larger: weights are read fastest along one long stretch. The rest evens out what
    /// the threads lose to other work.
    private let largeCount: Int
    private let large: Int
    private let small: Int

    /// Of a product with an adapter's first matrix, which has few rows.
    static let lowRankUnit = 4

    /// - Parameters:
    ///   - isStreamed: whether GEMV alone computes them.
    ///   - most: rows whose results for all tokens fit a thread's scratch; at least `unit`.
    ///   - unit: rows of a chunk are a multiple of it: what is quantized together is never shared by two.
    init(
        _ weights: WeightMatrix, isStreamed: Bool, most: Int = .max, unit: Int = Self.unit, kernels: Kernels,
        threads: Int
    ) {
        rows = weights.rows
        let gemmRows = isStreamed ? 1 : kernels.gemmRows(weights.format)
        if gemmRows > 1 {
            let tile = max(unit, gemmRows)
            let fair = rows / (threads * 4) / tile * tile
            small = max(tile, min(fair, min(most, Operation.Product.maxChunkRows) / tile * tile))
            large = small
            largeCount = 0
        } else {
            let most = most / unit * unit
            large = min(most, rows * 3 / 4 / threads / unit * unit)
            largeCount = large > 0 ? threads : 0
            small = min(most, max(unit, (rows / (threads * 16) + unit - 1) / unit * unit))
        }
    }

    var count: Int { largeCount + max(0, rows - largeCount * large + small - 1) / small }

    /// The rows of a chunk below ``count``.
    subscript(chunk: Int) -> Range<Int> {
        let start = chunk < largeCount ? chunk * large : largeCount * large + (chunk - largeCount) * small
        return start..<min(start + (chunk < largeCount ? large : small), rows)
    }
}

/// Where a product's result goes: float32 rows, or quantized ones by way of a thread's scratch.
struct ProductTarget {
    let floats: FloatRows?
    let quantized: QuantizedForm?
    let rows: Int

    /// Columns and rows of the result as float32, to be computed and, where they are in `scratch`, quantized.
    func part(_ columns: Range<Int>, tokens: Range<Int>, scratch: Scratch) -> FloatRows {
        floats?.columns(columns).rows(from: tokens.lowerBound, count: tokens.count)
            ?? scratch.floats(rows: tokens.count, columns: columns.count)
    }
}

extension Step {
    /// Each term's `out = activation(factor * weights . x + low ranks + bias) + residual`.
    func product(_ product: Operation.Product, _ worker: Worker) {
        var next = worker.take()
        var first = 0  // the number of the term's first chunk
        for index in product.terms {
            let term = terms[index]
            let out = target(term)
            let scratch = scratch(worker, product.terms, rows: out.rows)
            if let packed = packed[index], let x = product.quantized {
                packedProduct(term, packed, grouped(x), out, worker, scratch, next: &next, first: &first)
            } else {
                blockProduct(term, activations(product), out, worker, scratch, next: &next, first: &first)
            }
        }
    }

    /// The chunks of a term that this thread takes: from `next` on, the first of the term's being `first`; moves on both.
    private func blockProduct(
        _ term: ProductTerm, _ x: Activations, _ out: ProductTarget, _ worker: Worker,
        _ memory: (weights: Scratch, lowRanks: Scratch), next: inout Int, first: inout Int
    ) {
        let scratch = memory.weights
        let gemvRows = gemvRows(term.weights.format, term.out)
        let work = scratch.dropping(kernels.productScratchBytes(columns: term.weights.columns))
        let chunks = Chunks(
            term.weights, isStreamed: gemvRows == out.rows,
            most: out.quantized == nil ? .max : work.byteCount / (4 * max(1, out.rows)),
            unit: out.quantized?.unit ?? (term.factor == nil ? Chunks.unit : Chunks.lowRankUnit), kernels: kernels,
            threads: worker.threads)
        while next < first + chunks.count {
            let range = chunks[next - first]
            let part = out.part(range, tokens: 0..<out.rows, scratch: work)
            kernels.product(term.weights, rows: range, x, out: part, scratch: scratch, gemvTokens: gemvRows)
            addLowRanks(term, range, tokens: 0..<out.rows, to: part, scratch: memory.lowRanks)
            finish(term, range, part, out.quantized)
            next = worker.take()
        }
        first += chunks.count
    }

    /// `out = activation(gate . x) * (up . x)`, chunk by chunk, so that neither product is ever stored whole. Adapters add to
    /// both.
    func gatedProduct(_ gated: Operation.GatedProduct, _ worker: Worker) {
        let product = gated.product
        let activation = gated.activation
        let gate = terms[product.firstTerm]
        let up = terms[product.firstTerm + 1]
        let out = target(gate)
        let memory = scratch(worker, product.terms, rows: out.rows)
        if let gatePacked = packed[product.firstTerm], let upPacked = packed[product.firstTerm + 1],
            let x = product.quantized
        {
            return gatedPackedProduct((gate, gatePacked), (up, upPacked), activation, grouped(x), out, worker, memory)
        }
        let x = activations(product)
        let scratch = memory.weights
        let gateGEMV = gemvRows(gate.weights.format, gate.out)
        let upGEMV = gemvRows(up.weights.format, gate.out)
        let work = scratch.dropping(kernels.productScratchBytes(columns: gate.weights.columns))
        let buffers = out.quantized == nil ? 1 : 2
        let chunks = Chunks(
            gate.weights, isStreamed: min(gateGEMV, upGEMV) == out.rows,
            most: work.byteCount / (4 * buffers * max(1, out.rows)),
            unit: out.quantized?.unit ?? Chunks.unit, kernels: kernels, threads: worker.threads)
        while true {
            let chunk = worker.take()
            guard chunk < chunks.count else { break }
            let range = chunks[chunk]
            let other = work.floats(rows: out.rows, columns: range.count)
            let part = out.part(
                range, tokens: 0..<out.rows,
                scratch: work.dropping(out.quantized == nil ? 0 : out.rows * range.count * 4))
            kernels.product(gate.weights, rows: range, x, out: part, scratch: scratch, gemvTokens: gateGEMV)
            kernels.product(up.weights, rows: range, x, out: other, scratch: scratch, gemvTokens: upGEMV)
            addLowRanks(gate, range, tokens: 0..<out.rows, to: part, scratch: memory.lowRanks)
            addLowRanks(up, range, tokens: 0..<out.rows, to: other, scratch: memory.lowRanks)
            for row in 0..<out.rows {
                kernels.activate(activation, part, bias: gate.bias?.elements(range), row: row, out: part)
                kernels.add(bias: up.bias?.elements(range), residual: nil, to: other, row: row)
                kernels.multiply(part, other, row: row, out: part)
                out.quantized?.fill(row, from: part, row: row, firstColumn: range.lowerBound, kernels)
            }
        }
    }

    /// Leading rows of a product that GEMV computes; GEMM computes the others.
    func gemvRows(_ format: WeightFormat, _ out: Node) -> Int {
        rows(below: kernels.gemmFrom(format), of: buffers[out.index].domain)
    }

    private func target(_ term: ProductTerm) -> ProductTarget {
        if buffers[term.out.index].storage == .float32 {
            let floats = rows(term.out)
            return ProductTarget(floats: floats, quantized: nil, rows: floats.rows)
        }
        let quantized = quantizedRows(term.out)
        return ProductTarget(floats: nil, quantized: quantized, rows: quantized.rows)
    }

    private func activations(_ product: Operation.Product) -> Activations {
        let blocks = product.quantized.flatMap { buffers[$0.index].storage == .int8Blocks ? quantized($0) : nil }
        return Activations(floats: product.floats.map { rows($0) }, quantized: blocks)
    }

    /// The epilogue of the product for the columns `range` of the result, row by row while it is in the L1 cache.
    private func finish(_ term: ProductTerm, _ range: Range<Int>, _ part: FloatRows, _ quantized: QuantizedForm?) {
        let bias = term.bias?.elements(range)
        let residual = term.residual.map { rows($0).columns(range) }
        let factor = factor(term)
        guard factor != nil || bias != nil || term.activation != nil || residual != nil || quantized != nil else {
            return
        }
        for row in 0..<part.rows {
            if let factor { kernels.scale(part, row: row, by: factor) }
            if let activation = term.activation {
                kernels.activate(activation, part, bias: bias, row: row, out: part)
            }
            kernels.add(bias: term.activation == nil ? bias : nil, residual: residual, to: part, row: row)
            quantized?.fill(row, from: part, row: row, firstColumn: range.lowerBound, kernels)
        }
    }
}
