package import Tensors

extension Operation {
    /// `out = x * factor`
    package struct Scale: ResultPayload {
        package let x: Node
        package let factor: Float
        package let out: Node

        package var name: String { "scale" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String { "scale \(graph.text(inputs)) by \(factor)" }
    }

    /// `out[t] = x[t] * vector`, element by element.
    package struct ScaleColumns: ResultPayload {
        package let x: Node
        package let vector: WeightVector
        package let out: Node

        package var name: String { "scale columns" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles([vector.address])
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "scale columns of \(graph.text(inputs)) by \(graph.name(of: vector))"
        }
    }

    /// `out[t] = x[t] * factors[t]`
    package struct ScaleRows: ResultPayload {
        package let x: Node
        /// One column.
        package let factors: Node
        package let out: Node

        package var name: String { "scale rows" }
        package var inputs: [Node] { [x, factors] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String { "scale rows of \(graph.text([x])) by \(graph.text([factors]))" }
    }
}

extension GraphBuilder {
    /// Multiplies every element by a constant: the shape of `x`.
    package mutating func scale(_ x: Node, by factor: Float) -> Node {
        append(shape(of: x)) { .scale(Operation.Scale(x: x, factor: factor, out: $0)) }
    }

    /// Multiplies each column by its element of `vector`, `[columns]`: the shape of `x`.
    package mutating func scaleColumns(_ x: Node, by vector: NamedVector) throws(GraphError) -> Node {
        try expect(vector.name, shape(of: x).columns, vector.vector.count)
        let vector = weights(vector)
        return append(shape(of: x)) { .scaleColumns(Operation.ScaleColumns(x: x, vector: vector, out: $0)) }
    }

    /// Multiplies each row by its number of `factors`, `[domain, 1]`: the shape of `x`.
    package mutating func scaleRows(_ x: Node, by factors: Node) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard self.shape(of: factors) == Shape(domain: shape.domain, columns: 1) else {
            throw .shapes(
                operation: "scale rows", expected: "a number for every row of \(shape.domain)",
                found: "\(self.shape(of: factors).columns) for \(self.shape(of: factors).domain)")
        }
        return append(shape) { .scaleRows(Operation.ScaleRows(x: x, factors: factors, out: $0)) }
    }
}
