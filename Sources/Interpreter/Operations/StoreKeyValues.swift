internal import Graph
internal import Tensors

extension Step {
    func storeKeyValues(_ store: Operation.StoreKeyValues, _ worker: Worker) {
        let keys = rows(store.source.keys)
        let values = rows(store.source.values)
        for index in 0..<partCount {
            let part = parts[index]
            let positions = part.past + part.count
            let cachedKeys = cache.keys(layer: store.layer, sequence: part.sequence, positions: positions)
            let cachedValues = cache.values(layer: store.layer, sequence: part.sequence, positions: positions)
            for row in worker.share(of: part.count) {
                kernels.store(keys, row: part.firstRow + row, to: cachedKeys, position: part.past + row)
                kernels.store(values, row: part.firstRow + row, to: cachedValues, position: part.past + row)
            }
        }
    }
}
