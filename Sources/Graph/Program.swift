internal import Tensors

/// Where a value lies: `offset * rows` bytes into the arena of its domain, so one placement serves any number of rows.
package struct Buffer: Sendable, BitwiseCopyable {
    package let domain: RowDomain
    package let storage: Storage
    /// Bytes for each row of the domain.
    package var offset = 0
    package let columns: Int
    /// Floats between rows; for a slice, those of the whole value.
    package let stride: Int
    /// The first column of a slice.
    package let firstColumn: Int
}

/// A compiled graph: operations in order, every value placed.
package struct Program: Sendable {
    package let graph: Graph
    /// By `Node.index`.
    package let buffers: [Buffer]
    /// Bytes for each row, by `RowDomain.rawValue`.
    package let arenaRowBytes: [Int]
    /// The state of a sequence: see `Graph.states`.
    package let states: [StateSpec?]

    package var operations: [Operation] { graph.operations }
    package var terms: [ProductTerm] { graph.terms }
    package var lowRanks: [LowRank] { graph.lowRanks }
    package var frequencies: [Double] { graph.frequencies }
    package var biases: [HeadBias] { graph.biases }
    package var output: Node { graph.output }
    package var weightLayout: WeightLayout { graph.weightLayout }

    /// Adapters whose scales a step reads.
    package var adapterCount: Int { 1 + (terms.compactMap { $0.factor?.adapter }.max() ?? -1) }

    /// The rows that the caller fills in before a step; nil where a step reads tokens alone.
    package var input: Node? {
        for case .input(let input) in operations { return input.out }
        return nil
    }

    /// The number of text segments for which every segment table has a row; 1 without such a table.
    package var segmentCount: Int {
        let tables = operations.compactMap { operation in
            if case .embedding(let embedding) = operation, embedding.index == .segments {
                embedding.table.rows
            } else {
                nil
            }
        }
        return min(tables.min() ?? 1, 2)
    }
}

extension Graph {
    /// The program of this graph: fused where that saves memory traffic, every value placed by liveness.
    ///
    /// - Parameter layout: how its products read quantized weights.
    package func compile(_ layout: WeightLayout = .blocks) -> Program {
        var graph = self
        graph.weightLayout = layout
        return Program(placing: Fuse.passes.reduce(graph) { $1($0) })
    }
}
