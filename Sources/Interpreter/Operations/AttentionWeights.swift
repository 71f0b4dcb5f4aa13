internal import Graph
internal import Tensors

extension Step {
    /// The softmax of one head's scores, in the columns of `out` from `column` on.
    func attentionWeights(_ weights: Operation.AttentionWeights, _ worker: Worker) {
        let heads = weights.heads
        let dimension = heads.keyDimension
        let queries = rows(weights.query).columns(weights.head * dimension..<(weights.head + 1) * dimension)
        let keyHead = weights.head / heads.queriesPerKV
        let keys = memory.cache.keys(layer: weights.layer, sequence: 0)
            .columns(keyHead * dimension..<(keyHead + 1) * dimension)
            .rows(from: 0, count: memory.count)
        let out = rows(weights.out).columns(weights.column..<weights.column + memory.count)
        let share = worker.share(of: out.rows)
        kernels.scores(queries, rows: share, keys: keys, scale: weights.scale, to: out, scratch: scratch(worker))
        for row in share { kernels.softmax(out, row: row) }
    }
}
