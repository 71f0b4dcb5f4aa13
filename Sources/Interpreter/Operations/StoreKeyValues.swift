internal import Graph
internal import Tensors

extension Step {
    func storeKeyValues(_ store: Operation.StoreKeyValues, _ worker: Worker) {
        let keys = rows(store.source.keys)
        let values = rows(store.source.values)
        let storesValues = cache.storesValues(layer: store.layer)
        for index in 0..<entryCount {
            let entry = entries[index]
            let positions = entry.cachedLength + entry.count
            let cachedKeys = cache.keys(layer: store.layer, sequence: entry.sequence, positions: positions)
            let cachedValues = cache.values(layer: store.layer, sequence: entry.sequence, positions: positions)
            for row in worker.share(of: entry.count) {
                kernels.store(keys, row: entry.firstRow + row, to: cachedKeys, position: entry.cachedLength + row)
                guard storesValues else { continue }
                kernels.store(values, row: entry.firstRow + row, to: cachedValues, position: entry.cachedLength + row)
            }
        }
    }
}
