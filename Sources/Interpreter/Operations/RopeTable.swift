internal import Graph
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Step {
    /// `out[t] = magnitude * [cos(position * f_0), ..., sin(position * f_0), ...]`, in double until the end.
    func ropeTable(_ table: Operation.RopeTable, _ worker: Worker) {
        let out = rows(table.out)
        let count = table.count
        for row in worker.share(of: out.rows) {
            let position = Int(positions[row])
            let (first, ratio) = stretched(table, length: position + 1, reach: Int(lengths[row]))
            var factor = 1.0
            for pair in 0..<count {
                let angle = Double(position) * frequencies[first + pair] * factor
                out[row, pair] = Float(cos(angle) * table.magnitude)
                out[row, count + pair] = Float(sin(angle) * table.magnitude)
                factor *= ratio
            }
        }
    }

    /// The first frequency of a token, and by what each pair turns slower than the one before beside its frequency. They
    /// depend on the token's length, or on that which its sequence reaches with those it is taken in with, so that a prompt
    /// gives the same in chunks of any size.
    private func stretched(
        _ table: Operation.RopeTable, length: Int, reach: Int
    ) -> (first: Int, ratio: Double) {
        switch table.stretch {
        case .long(let first, let original, let choice) where (choice == .context ? cache.capacity : length) > original:
            return (first, 1)
        case .base(let factor, let original) where reach > original:
            let growth = factor * Double(reach) / Double(original) - (factor - 1)
            // (base * growth^(n / (n - 2)))^(-2i / n) = base^(-2i / n) * growth^(-2i / (n - 2)), n being 2 * count
            return (table.firstFrequency, pow(growth, -1 / Double(table.count - 1)))
        case .none, .long, .base: return (table.firstFrequency, 1)
        }
    }
}
