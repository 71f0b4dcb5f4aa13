internal import Graph
internal import Tensors

extension Step {
    func scale(_ scale: Operation.Scale, _ worker: Worker) {
        let x = rows(scale.x)
        let out = rows(scale.out)
        for row in worker.share(of: out.rows) { kernels.scale(x, row: row, by: scale.factor, out: out) }
    }

    func scaleColumns(_ scale: Operation.ScaleColumns, _ worker: Worker) {
        let x = rows(scale.x)
        let out = rows(scale.out)
        for row in worker.share(of: out.rows) { kernels.multiply(x, by: scale.vector, row: row, out: out) }
    }

    func addColumns(_ add: Operation.AddColumns, _ worker: Worker) {
        let x = rows(add.x)
        let out = rows(add.out)
        for row in worker.share(of: out.rows) { kernels.add(x, vector: add.vector, row: row, out: out) }
    }

    func scaleRows(_ scale: Operation.ScaleRows, _ worker: Worker) {
        let x = rows(scale.x)
        let factors = rows(scale.factors)
        let out = rows(scale.out)
        for row in worker.share(of: out.rows) { kernels.scale(x, row: row, by: factors[row, 0], out: out) }
    }
}
