internal import Graph
internal import Tensors

extension Step {
    /// Normalizes row by row, and quantizes each row while it is in the cache.
    func norm(
        _ x: Value, _ kind: NormKind, _ weight: WeightVector, _ bias: WeightVector?, _ epsilon: Float, _ out: Value,
        _ quantized: Value?, _ worker: Worker
    ) {
        let x = rows(x)
        let out = rows(out)
        let blocks = quantized.map { self.quantized($0) }
        for row in worker.share(of: out.rows) {
            kernels.norm(kind, x, weight: weight, bias: bias, epsilon: epsilon, row: row, out: out)
            if let blocks { kernels.quantize(out, row: row, columns: 0..<out.columns, out: blocks) }
        }
    }

    /// Shares out rows, or the blocks of a row where there are fewer rows than threads.
    func quantize(_ x: Value, _ out: Value, _ worker: Worker) {
        let x = rows(x)
        let out = quantized(out)
        if out.rows >= worker.threads {
            for row in worker.share(of: out.rows) {
                kernels.quantize(x, row: row, columns: 0..<out.columns, out: out)
            }
        } else {
            let blocks = worker.share(of: out.columns / 32)
            let columns = blocks.lowerBound * 32..<blocks.upperBound * 32
            for row in 0..<out.rows { kernels.quantize(x, row: row, columns: columns, out: out) }
        }
    }

    func add(_ a: Value, _ b: Value, _ out: Value, _ worker: Worker) {
        let a = rows(a)
        let b = rows(b)
        let out = rows(out)
        for row in worker.share(of: out.rows) { kernels.add(a, b, row: row, out: out) }
    }

    func multiply(_ a: Value, _ b: Value, _ out: Value, _ worker: Worker) {
        let a = rows(a)
        let b = rows(b)
        let out = rows(out)
        for row in worker.share(of: out.rows) { kernels.multiply(a, b, row: row, out: out) }
    }

    func activate(_ x: Value, _ activation: Activation, _ out: Value, _ worker: Worker) {
        let x = rows(x)
        let out = rows(out)
        for row in worker.share(of: out.rows) { kernels.activate(activation, x, row: row, out: out) }
    }
}
