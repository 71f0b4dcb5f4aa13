package import Tensors

extension Operation {
    /// `out = norm(x)`, each `weight.count` columns by themselves; and the same quantized, where products read that.
    package struct Norm: OperationPayload {
        package let x: Node
        package let kind: NormKind
        package let weight: WeightVector
        package let bias: WeightVector?
        package let epsilon: Float
        package let out: Node
        package internal(set) var quantized: Node?

        package var name: String { quantized == nil ? "norm" : "norm, quantize" }
        package var inPlace: Node? { x }

        package func reads(_ graph: Graph) -> [Node] { [x] }

        package func writes(_ graph: Graph) -> [Node] { [out, quantized].compactMap { $0 } }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles([weight.address])
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "\(kind == .rms ? "RMSNorm" : "LayerNorm") \(graph.text([x])), \(graph.name(of: weight)), epsilon \(epsilon)"
        }
    }
}

extension GraphBuilder {
    /// Normalizes each row: the shape of `x`.
    package mutating func norm(
        _ x: Node, _ kind: NormKind, weight: NamedVector, bias: NamedVector? = nil, epsilon: Float
    ) throws(GraphError) -> Node {
        let columns = shape(of: x).columns
        try expect(weight.name, columns, weight.vector.count)
        if let bias {
            guard kind == .layer else {
                throw .shapes(operation: bias.name, expected: "a LayerNorm", found: "an RMSNorm")
            }
            try expect(bias.name, columns, bias.vector.count)
        }
        return appendNorm(x, kind, weight, bias, epsilon)
    }

    /// Normalizes each head of each row by itself: the shape of `x`.
    package mutating func normHeads(
        _ x: Node, _ kind: NormKind, weight: NamedVector, epsilon: Float
    ) throws(GraphError) -> Node {
        let columns = shape(of: x).columns
        guard columns % weight.vector.count == 0 else {
            throw .shapes(
                operation: weight.name, expected: "heads of \(weight.vector.count)", found: "\(columns) columns")
        }
        return appendNorm(x, kind, weight, nil, epsilon)
    }

    private mutating func appendNorm(
        _ x: Node, _ kind: NormKind, _ weight: NamedVector, _ bias: NamedVector?, _ epsilon: Float
    ) -> Node {
        let (weight, bias) = (weights(weight), bias.map { weights($0) })
        return append(shape(of: x)) { out in
            .norm(Operation.Norm(x: x, kind: kind, weight: weight, bias: bias, epsilon: epsilon, out: out))
        }
    }
}
