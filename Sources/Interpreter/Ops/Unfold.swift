internal import Graph
internal import Tensors

extension Step {
    /// `out[t, c * width + i] = x[t * stride + i - width / 2, c]`, zero beyond the ends.
    func unfold(_ x: Value, _ width: Int, _ stride: Int, _ out: Value, _ worker: Worker) {
        let x = rows(x)
        let out = rows(out)
        for row in worker.share(of: out.rows) {
            kernels.unfold(x, around: row * stride, width: width, to: out, row: row)
        }
    }
}
