internal import Graph
internal import Tensors

extension Step {
    func tokenDropout(_ dropout: Operation.TokenDropout, _ worker: Worker) {
        let x = rows(dropout.x)
        let out = rows(dropout.out)
        for index in 0..<entryCount {
            let entry = entries[index]
            let range = entry.firstRow..<entry.firstRow + entry.count
            var masked = 0
            for row in range where ids[row] == dropout.mask { masked += 1 }
            let factor = dropout.kept / (1 - Float(masked) / Float(entry.count))
            for offset in worker.share(of: entry.count) {
                let row = range.lowerBound + offset
                kernels.scale(x, row: row, by: ids[row] == dropout.mask ? 0 : factor, out: out)
            }
        }
    }
}
