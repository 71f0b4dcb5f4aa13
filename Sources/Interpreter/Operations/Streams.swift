internal import Graph
internal import Tensors

extension Step {
    func mixStreams(_ mix: Operation.MixStreams, _ worker: Worker) {
        let base = rows(mix.base)
        let x = rows(mix.x)
        let weights = mix.weights.map { rows($0) }
        let out = rows(mix.out)
        for row in worker.share(of: out.rows) {
            kernels.mixStreams(
                base, x, weights: weights, offset: mix.offset, size: mix.size, first: mix.first, row: row, out: out)
        }
    }

    func matchMagnitude(_ match: Operation.MatchMagnitude, _ worker: Worker) {
        let x = rows(match.x)
        let reference = rows(match.reference)
        let out = rows(match.out)
        for row in worker.share(of: out.rows) {
            let wanted = kernels.rootMeanSquare(reference, row: row)
            let magnitude = max(kernels.rootMeanSquare(x, row: row), Operation.MatchMagnitude.least)
            kernels.scale(x, row: row, by: Float(wanted / magnitude), out: out)
        }
    }

    func statisticalTopK(_ top: Operation.StatisticalTopK, _ worker: Worker) {
        let x = rows(top.x)
        let out = rows(top.out)
        for row in worker.share(of: out.rows) {
            kernels.statisticalTopK(x, deviations: Double(top.deviations), row: row, out: out)
        }
    }
}
