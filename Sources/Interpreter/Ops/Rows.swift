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
        let quants = quantized.map { quantizedRows($0) }
        for row in worker.share(of: out.rows) {
            kernels.norm(kind, x, weight: weight, bias: bias, epsilon: epsilon, row: row, out: out)
            if let quants { quants.fill(row, from: out, row: row, kernels) }
        }
    }

    /// Shares out rows, or the blocks of a row where there are fewer rows than threads.
    func quantize(_ x: Value, _ out: Value, _ worker: Worker) {
        let x = rows(x)
        let out = quantizedRows(out)
        if x.rows >= worker.threads {
            for row in worker.share(of: x.rows) { out.fill(row, from: x, row: row, kernels) }
        } else {
            let unit = out.unit
            let units = worker.share(of: (x.columns + unit - 1) / unit)
            guard !units.isEmpty else { return }
            let columns = units.lowerBound * unit..<min(units.upperBound * unit, x.columns)
            for row in 0..<x.rows {
                out.fill(row, from: x.columns(columns), row: row, firstColumn: columns.lowerBound, kernels)
            }
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
