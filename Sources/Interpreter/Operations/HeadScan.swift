internal import Graph
internal import Tensors

extension Step {
    /// Shares out heads: a thread takes its own through the rows of every sequence.
    func headScan(_ scan: Operation.HeadScan, _ worker: Worker) {
        let heads = worker.share(of: scan.a.count)
        guard !heads.isEmpty else { return }
        let x = rows(scan.x)
        let delta = rows(scan.delta)
        let b = rows(scan.b)
        let c = rows(scan.c)
        let out = rows(scan.out)
        for index in 0..<entryCount {
            let entry = entries[index]
            let (before, after) = fixedState(scan.state, of: entry, rows: x.columns, columns: scan.size)
            func own(_ value: FloatRows) -> FloatRows { value.rows(from: entry.firstRow, count: entry.count) }
            kernels.headScan(
                own(x), delta: own(delta), a: scan.a, b: own(b), c: own(c), d: scan.d,
                headsPerGroup: scan.headsPerGroup, heads: heads, before: before, state: after, out: own(out))
        }
    }
}
