internal import Graph
internal import Tensors

extension Step {
    /// Shares out channels: a thread takes its own through the rows of every sequence.
    func causalConvolution(_ convolution: Operation.CausalConvolution, _ worker: Worker) {
        let channels = channels(of: convolution.weights.rows, worker)
        guard !channels.isEmpty else { return }
        let x = rows(convolution.x).columns(channels)
        let out = rows(convolution.out).columns(channels)
        for index in 0..<entryCount {
            let entry = entries[index]
            let state = fixedState(
                convolution.state, of: entry, rows: convolution.weights.columns - 1, columns: convolution.weights.rows)
            let before = state.before.columns(channels)
            let after = state.after.columns(channels)
            let inputs = x.rows(from: entry.firstRow, count: entry.count)
            kernels.causalConvolution(
                inputs, before: before, weights: convolution.weights.rows(channels),
                bias: convolution.bias?.elements(channels), out: out.rows(from: entry.firstRow, count: entry.count))
            // The last rows of the old state and the inputs, in order.
            for row in 0..<after.rows {
                let next = row + entry.count
                if next < before.rows {
                    kernels.copy(before, row: next, to: after, row: row)
                } else {
                    kernels.copy(inputs, row: next - before.rows, to: after, row: row)
                }
            }
        }
    }

    /// A thread's channels, in whole cache lines.
    func channels(of count: Int, _ worker: Worker) -> Range<Int> {
        let unit = 16
        let units = worker.share(of: (count + unit - 1) / unit)
        return min(units.lowerBound * unit, count)..<min(units.upperBound * unit, count)
    }
}
