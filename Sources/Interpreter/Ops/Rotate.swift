internal import Graph
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Step {
    /// `out[t] = [cos(position * f_0), ..., sin(position * f_0), ...]`, in double until the end.
    func angles(_ first: Int, _ count: Int, _ out: Value, _ worker: Worker) {
        let out = rows(out)
        for row in worker.share(of: out.rows) {
            let position = Double(positions[row])
            for pair in 0..<count {
                let angle = position * frequencies[first + pair]
                out[row, pair] = Float(cos(angle))
                out[row, count + pair] = Float(sin(angle))
            }
        }
    }

    func rotate(
        _ x: Value, _ angles: Value, _ headDimension: Int, _ pairing: RoPEPairing, _ out: Value, _ worker: Worker
    ) {
        let inPlace = slots[x.index].offset == slots[out.index].offset
        let x = rows(x)
        let out = rows(out)
        let angles = rows(angles)
        for row in worker.share(of: out.rows) {
            if !inPlace { kernels.copy(x, row: row, to: out, row: row) }
            kernels.rotate(out, row: row, angles: angles, headDimension: headDimension, pairing: pairing)
        }
    }
}
