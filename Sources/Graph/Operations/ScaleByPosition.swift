extension Operation {
    /// `out[t] = x[t] * (1 + coefficient * ln(1 + floor((position[t] + offset) / length)))`
    package struct ScaleByPosition: ResultPayload {
        package let x: Node
        package let coefficient: Double
        package let length: Int
        package let offset: Int
        package let out: Node

        package var name: String { "scale by position" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String {
            "scale \(graph.text(inputs)) by 1 + \(coefficient) * ln(1 + floor((position + \(offset)) / \(length)))"
        }
    }
}

extension GraphBuilder {
    /// Multiplies queries by a temperature that grows with the logarithm of the position: the shape of `x`.
    ///
    /// - Parameters:
    ///   - x: `[tokens, columns]`.
    ///   - length: positions of each step of the temperature; the first has 1.
    ///   - offset: added to positions; 1 counts them from 1.
    package mutating func scaleByPosition(
        _ x: Node, coefficient: Double, length: Int, offset: Int = 0
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard shape.domain == .tokens, length > 0, offset >= 0 else {
            throw .shapes(
                operation: "scale by position", expected: "a row for every token and a length above 0",
                found: "\(shape.domain), \(length) and an offset of \(offset)")
        }
        return append(shape) { out in
            .scaleByPosition(
                Operation.ScaleByPosition(x: x, coefficient: coefficient, length: length, offset: offset, out: out))
        }
    }
}
