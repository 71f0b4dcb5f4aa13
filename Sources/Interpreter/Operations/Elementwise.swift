internal import Graph
internal import Tensors

extension Step {
    func add(_ operands: Operation.Add, _ worker: Worker) {
        let a = rows(operands.a)
        let b = rows(operands.b)
        let out = rows(operands.out)
        for row in worker.share(of: out.rows) { kernels.add(a, b, row: row, out: out) }
    }

    func multiply(_ operands: Operation.Multiply, _ worker: Worker) {
        let a = rows(operands.a)
        let b = rows(operands.b)
        let out = rows(operands.out)
        for row in worker.share(of: out.rows) { kernels.multiply(a, b, row: row, out: out) }
    }

    func activate(_ activate: Operation.Activate, _ worker: Worker) {
        let x = rows(activate.x)
        let out = rows(activate.out)
        for row in worker.share(of: out.rows) { kernels.activate(activate.activation, x, row: row, out: out) }
    }
}
