internal import Graph
internal import Tensors

extension Step {
    /// Threads take heads one after the other.
    func headProduct(_ product: Operation.HeadProduct, _ worker: Worker) {
        let x = rows(product.x)
        let out = rows(product.out)
        let weights = product.weights
        let dimension = x.columns / product.heads
        let gemvRows = gemvRows(weights.format, product.out)
        let scratch = scratch(worker)
        let work = scratch.dropping(kernels.productScratchBytes(columns: weights.columns))
        var head = worker.take()
        while head < product.heads {
            let input = x.columns(head * dimension..<head * dimension + weights.columns)
            let range = head * product.headSize..<(head + 1) * product.headSize
            var quantized: QuantizedRows?
            if weights.format.isQuantized {
                let blocks = work.quantized(rows: x.rows, columns: weights.columns)
                for row in 0..<x.rows { kernels.quantize(input, row: row, to: blocks, row: row, from: 0) }
                quantized = blocks
            }
            kernels.product(
                weights, rows: range, Activations(floats: input, quantized: quantized), out: out.columns(range),
                scratch: scratch, gemvTokens: gemvRows)
            head = worker.take()
        }
    }
}
