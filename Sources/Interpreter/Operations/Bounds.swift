internal import Graph
internal import Tensors

extension Step {
    func softcap(_ softcap: Operation.Softcap, _ worker: Worker) {
        let x = rows(softcap.x)
        let out = rows(softcap.out)
        for row in worker.share(of: out.rows) { kernels.softcap(x, cap: softcap.cap, row: row, out: out) }
    }

    func clamp(_ clamp: Operation.Clamp, _ worker: Worker) {
        let x = rows(clamp.x)
        let out = rows(clamp.out)
        for row in worker.share(of: out.rows) {
            kernels.clamp(x, low: clamp.low, high: clamp.high, row: row, out: out)
        }
    }
}
