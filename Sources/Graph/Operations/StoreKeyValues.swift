/// Keys and values of the step's tokens, `[tokens, heads * dimension]` each.
package struct KeyValues: Sendable, Hashable, BitwiseCopyable {
    package let keys: Node
    package let values: Node

    package init(keys: Node, values: Node) {
        self.keys = keys
        self.values = values
    }

    /// Whether the values are the first columns of the keys.
    func valuesLeadKeys(_ graph: Graph) -> Bool {
        func first(_ node: Node) -> Int { graph.values[node.index].slice?.firstColumn ?? 0 }
        return graph.whole(values) == graph.whole(keys) && first(values) == first(keys)
            && graph.shape(of: values).columns <= graph.shape(of: keys).columns
    }
}

extension Operation {
    /// Appends keys and values to the cache of a layer, each row to its own sequence. Values that are the first columns of the
    /// keys are there with them.
    package struct StoreKeyValues: OperationPayload {
        package let source: KeyValues
        package let layer: Int
        /// Whether cross-attention of another program reads them.
        package let isCross: Bool

        package var name: String { "store" }

        package func reads(_ graph: Graph) -> [Node] { [source.keys, source.values] }

        package func writes(_ graph: Graph) -> [Node] { [] }

        package func cost(_ graph: Graph) -> Cost { Cost(name, graph.shape(of: source.keys)) }

        /// Whether values are stored beside the keys.
        package func storesValues(_ graph: Graph) -> Bool { isCross || !source.valuesLeadKeys(graph) }

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
