internal import Graph
internal import Tensors

extension Step {
    /// Normalizes rows, and quantizes them while they are in the cache.
    func norm(
        _ x: Value, _ kind: NormKind, _ weight: WeightVector, _ bias: WeightVector?, _ epsilon: Float, _ out: Value,
        _ quantized: Value?, _ worker: Worker
    ) {
        let x = rows(x)
        let out = rows(out)
        let quants = quantized.map { quantizedRows($0) }
        for run in Runs(worker.share(of: out.rows), of: QuantizedForm.rowsTogether) {
            for row in run {
                kernels.norm(kind, x, weight: weight, bias: bias, epsilon: epsilon, row: row, out: out)
            }
            quants?.fill(run.lowerBound, from: out, rows: run, kernels)
        }
    }

    /// Shares out rows, or the blocks of a row where there are fewer rows than threads.
    func quantize(_ x: Value, _ out: Value, _ worker: Worker) {
        let x = rows(x)
        let out = quantizedRows(out)
        if x.rows >= worker.threads {
            let own = worker.share(of: x.rows)
            out.fill(own.lowerBound, from: x, rows: own, kernels)
        } else {
            let unit = out.unit
            let units = worker.share(of: (x.columns + unit - 1) / unit)
            guard !units.isEmpty else { return }
            let columns = units.lowerBound * unit..<min(units.upperBound * unit, x.columns)
            out.fill(0, from: x.columns(columns), rows: 0..<x.rows, firstColumn: columns.lowerBound, kernels)
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
