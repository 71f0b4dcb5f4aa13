internal import Graph
internal import Tensors

extension Step {
    /// The indices were checked before the step began.
    func embedding(_ embedding: Operation.Embedding, _ worker: Worker) {
        let table = embedding.table
        let out = rows(embedding.out)
        let share = worker.share(of: out.rows)
        for row in share {
            let ahead = row + Self.rowsAhead
            if ahead < share.upperBound { kernels.prefetch(table, row: index(embedding.index, ahead)) }
            kernels.unpack(table, row: index(embedding.index, row), to: out, row: row)
        }
    }

    /// How long before it is unpacked a row is asked for: a vocabulary's lie far apart.
    private static let rowsAhead = 4

    private func index(_ index: RowIndex, _ row: Int) -> Int {
        switch index {
        case .tokens: Int(ids[row])
        case .positions: Int(positions[row])
        case .segments: Int(segments[row])
        }
    }
}
