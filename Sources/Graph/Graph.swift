internal import Tensors

/// A value of a ``Graph``, by its index in `Graph.values`.
package struct Node: Hashable, Sendable, BitwiseCopyable {
    package let index: Int
}

/// Which rows a value has. Their number is known only when a step runs: a graph is symbolic in it.
package enum RowDomain: Int, Sendable, BitwiseCopyable, CaseIterable {
    /// One row for every token of the step.
    case tokens
    /// One row for every result that the caller asked for.
    case outputs
    /// Two rows for every token: the input of a convolution with a stride of 2.
    case frames
}

/// `[domain, columns]`.
package struct Shape: Hashable, Sendable {
    package let domain: RowDomain
    package let columns: Int

    package init(domain: RowDomain, columns: Int) {
        self.domain = domain
        self.columns = columns
    }
}

/// How the elements of a value are stored.
package enum Storage: Sendable, BitwiseCopyable {
    case float32
    /// int8 quants with a scale and a sum for each block of 32.
    case int8Blocks
    /// Bytes with a scale and a minimum for each group of 128.
    case byteGroups
    /// The same for values of GELU, in groups of 256.
    case geluGroups
    /// Int32 instead of float32.
    case indices

    /// Columns that share a scale in bytes of groups.
    package var groupSize: Int { self == .geluGroups ? GroupedRows.geluGroup : GroupedRows.group }
}

/// How products read quantized weights.
package enum WeightLayout: Sendable, BitwiseCopyable {
    /// As the file has them.
    case blocks
    /// Packed, a copy of a byte a weight: for programs whose steps are whole texts.
    case packed
}

/// Shape and storage of a value, and where a slice lies.
package struct GraphValue: Sendable {
    /// Consecutive columns of another value, without a copy.
    package struct Slice {
        /// A value that is no slice itself.
        package let whole: Node
        package let firstColumn: Int
    }

    package let shape: Shape
    package var storage = Storage.float32
    package var slice: Slice?
}

/// A model's computation as a value: operations in topological order.
package struct Graph: Sendable {
    package internal(set) var operations: [Operation] = []
    package var values: [GraphValue] = []
    /// Those of all products, in the order of the operations.
    package internal(set) var terms: [ProductTerm] = []
    /// What adapters add to products.
    package internal(set) var lowRanks: [LowRank] = []
    /// Those of all rope tables, in radians a position.
    package internal(set) var frequencies: [Double] = []
    /// Those of all attentions, each once.
    package internal(set) var biases: [HeadBias] = []
    /// States of fixed size, which each step replaces.
    package internal(set) var fixedStates: [StateSpec] = []
    /// The names of weights, by their address.
    package var names: [UInt: String] = [:]
    package internal(set) var output = Node(index: 0)
    /// The result of the last layer, before the norm behind it; nil where nobody said.
    package var finalStates: Node?
    /// Values that a trace keeps: no pass removes them.
    package var observed: Set<Node> = []
    package var weightLayout = WeightLayout.blocks
    /// Keep the bytes of weights that are not the model file's.
    package var owners: [any AnyObject & Sendable] = []

    package func shape(of node: Node) -> Shape { values[node.index].shape }

    /// The value that holds the bytes of a node: itself, or the value that it is a slice of.
    package func whole(_ node: Node) -> Node { values[node.index].slice?.whole ?? node }

    package mutating func addValue(
        _ shape: Shape, _ storage: Storage = .float32, slice: GraphValue.Slice? = nil
    ) -> Node {
        values.append(GraphValue(shape: shape, storage: storage, slice: slice))
        return Node(index: values.count - 1)
    }

    /// The same graph with every attention to keys and values of the batch: sequences begin and end within a step, and
    /// no cache is kept. So a decoder embeds texts.
    package func attendingWithinBatch() -> Graph {
        var graph = self
        var stored: [Int: KeyValues] = [:]
        graph.operations = operations.compactMap { operation in
            switch operation {
            case .storeKeyValues(let store):
                stored[store.layer] = store.source
                return nil
            case .attention(var attention):
                if case .cache(let layer, _) = attention.source, let source = stored[layer] {
                    attention.source = .batch(source)
                }
                return .attention(attention)
            default: return operation
            }
        }
        return graph
    }
}
