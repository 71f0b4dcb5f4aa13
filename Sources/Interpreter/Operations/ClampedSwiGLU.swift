internal import Graph
internal import Tensors

extension Step {
    func clampedSwiGLU(_ gated: Operation.ClampedSwiGLU, _ worker: Worker) {
        let gate = rows(gated.gate)
        let up = rows(gated.up)
        let out = rows(gated.out)
        for row in worker.share(of: out.rows) {
            kernels.clampedSwiGLU(gate, up, alpha: gated.alpha, limit: gated.limit, row: row, out: out)
        }
    }
}
