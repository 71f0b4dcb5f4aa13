internal import Graph
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Step {
    /// `out[t] = [cos(position * f_0), ..., sin(position * f_0), ...]`, in double until the end.
    func ropeTable(_ table: Operation.RopeTable, _ worker: Worker) {
        let out = rows(table.out)
        let count = table.count
        for row in worker.share(of: out.rows) {
            let position = Double(positions[row])
            for pair in 0..<count {
                let angle = position * frequencies[table.firstFrequency + pair]
                out[row, pair] = Float(cos(angle))
                out[row, count + pair] = Float(sin(angle))
            }
        }
    }
}
