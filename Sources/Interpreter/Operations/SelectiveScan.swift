internal import Graph
internal import Tensors

extension Step {
    /// Shares out channels: a thread takes its own through the rows of every sequence.
    func selectiveScan(_ scan: Operation.SelectiveScan, _ worker: Worker) {
        let channels = channels(of: scan.a.rows, worker)
        guard !channels.isEmpty else { return }
        let x = rows(scan.x).columns(channels)
        let delta = rows(scan.delta).columns(channels)
        let b = rows(scan.b)
        let c = rows(scan.c)
        let out = rows(scan.out).columns(channels)
        for index in 0..<entryCount {
            let entry = entries[index]
            let (before, after) = fixedState(scan.state, of: entry, rows: scan.a.rows, columns: scan.a.columns)
            for channel in channels { kernels.copy(before, row: channel, to: after, row: channel) }
            let state = after.rows(from: channels.lowerBound, count: channels.count)
            func own(_ value: FloatRows) -> FloatRows { value.rows(from: entry.firstRow, count: entry.count) }
            kernels.selectiveScan(
                own(x), delta: own(delta), a: scan.a.rows(channels), b: own(b), c: own(c),
                d: scan.d.elements(channels), state: state, out: own(out))
        }
    }

    /// A state of `Graph.fixedStates` before the step, and where that of its end goes: `[rows, columns]`.
    func fixedState(
        _ index: Int, of entry: PlacedEntry, rows: Int, columns: Int
    ) -> (before: FloatRows, after: FloatRows) {
        guard let blocks = entry.blocks else { preconditionFailure("a step reserves blocks for its states") }
        return (
            cache.fixedState(index, in: blocks.before, rows: rows, columns: columns),
            cache.fixedState(index, in: blocks.after, rows: rows, columns: columns)
        )
    }
}
