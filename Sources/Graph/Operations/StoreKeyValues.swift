/// Keys and values of the step's tokens, `[tokens, heads * dimension]` each.
package struct KeyValues: Sendable, Hashable, BitwiseCopyable {
    package let keys: Node
    package let values: Node

    package init(keys: Node, values: Node) {
        self.keys = keys
        self.values = values
    }
}

extension Operation {
    /// Appends keys and values to the cache of a layer, each row to its own sequence.
    package struct StoreKeyValues: OperationPayload {
        package let source: KeyValues
        package let layer: Int
        /// Whether cross-attention of another program reads them.
        package let isCross: Bool

        package var name: String { "store" }

        package func reads(_ graph: Graph) -> [Node] { [source.keys, source.values] }

        package func writes(_ graph: Graph) -> [Node] { [] }

        package func cost(_ graph: Graph) -> Cost { Cost(name, graph.shape(of: source.keys)) }

        package func text(_ graph: Graph) -> String {
            "store keys \(graph.text([source.keys])), values \(graph.text([source.values])) in layer \(layer)"
        }
    }
}

extension GraphBuilder {
    /// Stores keys and values, `[tokens, columns]` each, for the cross-attention of another program's layer.
    package mutating func storeKeyValues(_ source: KeyValues, layer: Int) throws(GraphError) {
        for node in [source.keys, source.values] where shape(of: node).domain != .tokens {
            throw .shapes(
                operation: "a key/value cache", expected: "a row for every token", found: "\(shape(of: node).domain)")
        }
        append(.storeKeyValues(Operation.StoreKeyValues(source: source, layer: layer, isCross: true)))
        append(.checkpoint(Operation.Checkpoint()))
    }
}
