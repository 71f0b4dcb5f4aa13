internal import Graph
internal import Tensors

extension Step {
    /// Normalizes rows, and quantizes them while they are in the cache.
    func norm(_ norm: Operation.Norm, _ worker: Worker) {
        let x = rows(norm.x)
        let out = rows(norm.out)
        let quants = norm.quantized.map { quantizedRows($0) }
        for run in Runs(worker.share(of: out.rows), of: QuantizedForm.rowsTogether) {
            for row in run {
                kernels.norm(
                    norm.kind, x, size: norm.size, weight: norm.weight, bias: norm.bias, epsilon: norm.epsilon,
                    row: row, out: out)
            }
            quants?.fill(run.lowerBound, from: out, rows: run, kernels)
        }
    }
}
