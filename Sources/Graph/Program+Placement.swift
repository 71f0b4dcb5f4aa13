internal import Tensors

extension Program {
    /// Gives every value of a graph bytes of its own from the operation that writes it to the last that reads it.
    package init(placing graph: Graph) {
        var buffers = graph.values.map { value in
            Buffer(
                domain: value.shape.domain, storage: value.storage, columns: value.shape.columns,
                stride: value.slice.map { graph.shape(of: $0.whole).columns } ?? value.shape.columns,
                firstColumn: value.slice?.firstColumn ?? 0)
        }
        let reads = graph.operations.map { Set($0.reads(graph).map(graph.whole)) }
        let writes = graph.operations.map { $0.writes(graph) }
        var lastUse = [Int](repeating: -1, count: buffers.count)
        for index in graph.operations.indices {
            for node in reads[index].union(writes[index]) { lastUse[node.index] = index }
        }
        lastUse[graph.whole(graph.output).index] = graph.operations.count  // the caller reads it after the step
        var arenas = RowDomain.allCases.map { _ in ArenaPlan() }
        for (index, operation) in graph.operations.enumerated() {
            var reused: Node?
            for node in writes[index] {
                let buffer = buffers[node.index]
                if reused == nil, buffer.storage == .float32, let source = operation.payload.inPlace,
                    graph.whole(source) == source, lastUse[source.index] == index,
                    graph.shape(of: source) == graph.shape(of: node)
                {
                    buffers[node.index].offset = buffers[source.index].offset
                    reused = source
                } else {
                    buffers[node.index].offset = arenas[buffer.domain.rawValue].allocate(buffer.rowBytes)
                }
            }
            let dead = reads[index].union(writes[index]).filter { lastUse[$0.index] == index && $0 != reused }
            for node in dead.sorted(by: { $0.index < $1.index }) {
                let buffer = buffers[node.index]
                arenas[buffer.domain.rawValue].free(offset: buffer.offset, size: buffer.rowBytes)
            }
        }
        for (index, value) in graph.values.enumerated() {
            if let slice = value.slice { buffers[index].offset = buffers[slice.whole.index].offset }
        }
        self.graph = graph
        self.buffers = buffers
        arenaRowBytes = arenas.map(\.rowBytes)
        states = graph.states
    }
}

extension Buffer {
    /// Bytes for each row, a multiple of a cache line so that every buffer begins on one.
    fileprivate var rowBytes: Int {
        let bytes =
            switch storage {
            case .float32, .indices: columns * 4
            case .int8Blocks: QuantizedRows.rowBytes(columns: columns)
            case .byteGroups, .geluGroups: GroupedRows.rowBytes(columns: columns, group: storage.groupSize)
            }
        return (bytes + 63) / 64 * 64
    }
}
