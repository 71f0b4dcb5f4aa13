internal import Graph
internal import Tensors

extension Step {
    /// Expert by expert, in chunks of its rows that threads take one after the other. A result does not depend on them.
    func routedProduct(_ product: Operation.RoutedProduct, _ worker: Worker) {
        let order = indices(product.routing.order)
        var next = worker.take()
        var first = 0  // the number of the expert's first chunk
        var place = 0
        while place < order.count {
            let expert = order[place]
            var end = place + 1
            while end < order.count, order[end] == expert { end += 1 }
            expertProduct(product, expert, place..<end, worker, next: &next, first: &first)
            place = end
        }
    }

    /// The chunks of one expert that this thread takes: from `next` on, the first of the expert's being `first`; moves on
    /// both.
    private func expertProduct(
        _ product: Operation.RoutedProduct, _ expert: Int, _ range: Range<Int>, _ worker: Worker, next: inout Int,
        first: inout Int
    ) {
        let weights = product.weights.matrix(expert)
        let scratch = scratch(worker)
        let work = scratch.dropping(kernels.productScratchBytes(columns: weights.columns))
        let gemvRows = gemvRows(product.routing, range, weights.format)
        let out = target(product, range)
        let buffers = (out.floats == nil ? 1 : 0) + (product.gate == nil ? 0 : 1)
        let chunks = Chunks(
            weights, isStreamed: gemvRows == range.count,
            most: buffers == 0 ? .max : work.byteCount / (4 * buffers * range.count),
            kernels: kernels, threads: worker.threads)
        guard next < first + chunks.count else { return first += chunks.count }
        let x = activations(product, range)
        while next < first + chunks.count {
            let rows = chunks[next - first]
            let part = out.part(rows, tokens: 0..<range.count, scratch: work)
            let other = work.dropping(out.floats == nil ? 4 * range.count * rows.count : 0)
            kernels.product(weights, rows: rows, x, out: part, scratch: scratch, gemvTokens: gemvRows)
            let bias = product.weights.bias(expert)?.elements(rows)
            if let gate = product.gate {
                let gates = other.floats(rows: range.count, columns: rows.count)
                let matrix = gate.matrix(expert)
                kernels.product(
                    matrix, rows: rows, x, out: gates, scratch: scratch,
                    gemvTokens: self.gemvRows(product.routing, range, matrix.format))
                for row in 0..<range.count { kernels.add(bias: bias, residual: nil, to: part, row: row) }
                self.gate(part, by: gates, bias: gate.bias(expert)?.elements(rows), product.activation)
            } else {
                activate(part, bias: bias, product.activation)
            }
            out.quantized?.fill(0, from: part, rows: 0..<range.count, firstColumn: rows.lowerBound, kernels)
            next = worker.take()
        }
        first += chunks.count
    }

    private func gate(
        _ x: FloatRows, by gates: FloatRows, bias: WeightVector?, _ activation: ExpertActivation?
    ) {
        for row in 0..<x.rows {
            switch activation {
            case .clampedSwiGLU(let alpha, let limit):
                kernels.add(bias: bias, residual: nil, to: gates, row: row)
                kernels.clampedSwiGLU(gates, x, alpha: alpha, limit: limit, row: row, out: x)
            case .plain(let activation):
                kernels.activate(activation, gates, bias: bias, row: row, out: gates)
                kernels.multiply(gates, x, row: row, out: x)
            case nil: break
            }
        }
    }

    private func activate(_ x: FloatRows, bias: WeightVector?, _ activation: ExpertActivation?) {
        for row in 0..<x.rows {
            if case .plain(let activation) = activation {
                kernels.activate(activation, x, bias: bias, row: row, out: x)
            } else {
                kernels.add(bias: bias, residual: nil, to: x, row: row)
            }
        }
    }

    /// Leading places of an expert that GEMV computes. An entry's kernel is chosen by the tokens that an expert gets of it
    /// on average, whatever it gets in this step: `ceil(count * used / experts)`.
    private func gemvRows(_ routing: Routing, _ places: Range<Int>, _ format: WeightFormat) -> Int {
        let limit = (kernels.gemmFrom(format) - 1) * routing.experts / routing.used + 1
        let rows = self.rows(below: limit, of: buffers[routing.weights.index].domain)
        let sources = indices(routing.sources)
        // Places of one expert are sorted by row.
        var count = 0
        while count < places.count, sources[places.lowerBound + count] < rows { count += 1 }
        return count
    }

    private func target(_ product: Operation.RoutedProduct, _ range: Range<Int>) -> ProductTarget {
        if buffers[product.out.index].storage == .float32 {
            let rows = places(product.out, product.routing).rows(from: range.lowerBound, count: range.count)
            return ProductTarget(floats: rows, quantized: nil, rows: range.count)
        }
        let rows = quantizedPlaces(product.out, product.routing).rows(from: range.lowerBound, count: range.count)
        return ProductTarget(floats: nil, quantized: .blocks(rows), rows: range.count)
    }

    private func activations(_ product: Operation.RoutedProduct, _ range: Range<Int>) -> Activations {
        if buffers[product.x.index].storage == .float32 {
            let rows = places(product.x, product.routing)
            return Activations(floats: rows.rows(from: range.lowerBound, count: range.count), quantized: nil)
        }
        let rows = quantizedPlaces(product.x, product.routing)
        return Activations(floats: nil, quantized: rows.rows(from: range.lowerBound, count: range.count))
    }
}
