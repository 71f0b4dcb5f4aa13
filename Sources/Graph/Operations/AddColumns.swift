package import Tensors

extension Operation {
    /// `out[t] = x[t] + vector`, element by element.
    package struct AddColumns: ResultPayload {
        package let x: Node
        package let vector: WeightVector
        package let out: Node

        package var name: String { "add to columns" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles([vector.address])
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "add \(graph.name(of: vector)) to columns of \(graph.text(inputs))"
        }
    }
}

extension GraphBuilder {
    /// Adds to each column its element of a vector: the shape of `x`.
    package mutating func addColumns(_ x: Node, _ vector: NamedVector) throws(GraphError) -> Node {
        try expect(vector.name, shape(of: x).columns, vector.vector.count)
        let vector = weights(vector)
        return append(shape(of: x)) { .addColumns(Operation.AddColumns(x: x, vector: vector, out: $0)) }
    }
}
