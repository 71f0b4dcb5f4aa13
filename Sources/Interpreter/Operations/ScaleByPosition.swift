internal import Graph
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Step {
    func scaleByPosition(_ scale: Operation.ScaleByPosition, _ worker: Worker) {
        let x = rows(scale.x)
        let out = rows(scale.out)
        for row in worker.share(of: out.rows) {
            let steps = (Int(positions[row]) + scale.offset) / scale.length
            let factor = 1 + scale.coefficient * log(1 + Double(steps))
            kernels.scale(x, row: row, by: Float(factor), out: out)
        }
    }
}
