internal import Graph
internal import Tensors

extension Step {
    func routedRows(_ routed: Operation.RoutedRows, _ worker: Worker) {
        let sources = indices(routed.routing.sources)
        if buffers[routed.out.index].storage == .int8Blocks {
            let x = quantized(routed.x)
            let out = quantizedPlaces(routed.out, routed.routing)
            for place in worker.share(of: sources.count) { out.copy(x, row: sources[place], to: place) }
        } else {
            let x = rows(routed.x)
            let out = places(routed.out, routed.routing)
            for place in worker.share(of: sources.count) { kernels.copy(x, row: sources[place], to: out, row: place) }
        }
    }

    func routedSum(_ sum: Operation.RoutedSum, _ worker: Worker) {
        let x = places(sum.x, sum.routing)
        let out = rows(sum.out)
        let used = sum.routing.used
        let places = indices(sum.routing.places)
        let weights = rows(sum.routing.weights)
        for row in worker.share(of: out.rows) {
            for choice in 0..<used {
                let place = places[row * used + choice]
                let weight = sum.isWeighted ? weights[row, choice] : 1
                if choice == 0 {
                    kernels.scale(x, row: place, by: weight, to: out, row: row)
                } else {
                    kernels.add(x, row: place, times: weight, to: out, row: row)
                }
            }
            kernels.add(bias: sum.bias, residual: nil, to: out, row: row)
        }
    }

    // MARK: Values with rows for places

    /// `[places, columns]`
    func places(_ value: Node, _ routing: Routing) -> FloatRows {
        rows(value).split(by: routing.used)
    }

    /// `[places, columns]`, as int8 blocks.
    func quantizedPlaces(_ value: Node, _ routing: Routing) -> QuantizedRows {
        quantized(value).split(by: routing.used)
    }

    /// The indices of a value, row after row.
    func indices(_ value: Node) -> IndexRows { rows(value).indices }
}
