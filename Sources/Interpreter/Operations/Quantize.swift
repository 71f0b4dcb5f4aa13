internal import Graph
internal import Tensors

extension Step {
    /// Shares out rows, or the blocks of a row where there are fewer rows than threads.
    func quantize(_ quantize: Operation.Quantize, _ worker: Worker) {
        let x = rows(quantize.x)
        let out = quantizedRows(quantize.out)
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
}
