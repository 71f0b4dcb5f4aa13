internal import Graph
internal import Tensors

extension Step {
    func joinHeads(_ join: Operation.JoinHeads, _ worker: Worker) {
        let out = rows(join.out)
        let own = worker.share(of: out.rows)
        copy(join.first, to: out, at: 0, rows: own, heads: join.heads)
        guard let second = join.second else { return }
        copy(second, to: out, at: join.first.columns.count, rows: own, heads: join.heads)
    }

    /// Copies the columns of every head to those of `out`'s heads that begin with column `start`.
    private func copy(_ part: HeadColumns, to out: FloatRows, at start: Int, rows own: Range<Int>, heads: Int) {
        let x = rows(part.x)
        let count = part.columns.count
        let step = x.columns == part.headDimension ? 0 : part.headDimension
        for head in 0..<heads {
            let first = head * step + part.columns.lowerBound
            let place = head * (out.columns / heads) + start
            let source = x.columns(first..<first + count)
            let target = out.columns(place..<place + count)
            for row in own { kernels.copy(source, row: row, to: target, row: row) }
        }
    }
}
