internal import Graph
internal import Tensors

extension Step {
    func im2col(_ im2col: Operation.Im2col, _ worker: Worker) {
        let x = rows(im2col.x)
        let out = rows(im2col.out)
        for row in worker.share(of: out.rows) {
            kernels.im2col(x, center: row * im2col.stride, width: im2col.width, to: out, row: row)
        }
    }
}
