package import Tensors

extension Operation {
    /// `out = norm(x)`, each `size` columns by themselves; and the same quantized, where products read that.
    package struct Norm: OperationPayload {
        package let x: Node
        package let kind: NormKind
        /// Columns that are normalized together.
        package let size: Int
        /// `[size]`, or `[columns]` with a row a head; nil: all ones.
        package let weight: WeightVector?
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
            cost.weights = graph.roles([weight].compactMap { $0?.address })
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "\(kind == .rms ? "RMSNorm" : "LayerNorm") \(graph.text([x])), "
                + (weight.map { graph.name(of: $0) } ?? "no weight") + ", epsilon \(epsilon)"
        }
    }
}

extension GraphBuilder {
    /// Normalizes each row: the shape of `x`.
    ///
    /// - Parameter weight: `[columns]`; nil: all ones.
    package mutating func norm(
        _ x: Node, _ kind: NormKind, weight: NamedVector? = nil, bias: NamedVector? = nil, epsilon: Float
    ) throws(GraphError) -> Node {
        let columns = shape(of: x).columns
        if let weight { try expect(weight.name, columns, weight.vector.count) }
        if let bias {
            guard kind == .layer else {
                throw .shapes(operation: bias.name, expected: "a LayerNorm", found: "an RMSNorm")
            }
            try expect(bias.name, columns, bias.vector.count)
        }
        return appendNorm(x, kind, size: columns, weight, bias, epsilon)
    }

    /// Normalizes each head of each row by itself: the shape of `x`.
    ///
    /// - Parameter weight: `[headDimension]`, shared by all heads.
    package mutating func normHeads(
        _ x: Node, _ kind: NormKind, weight: NamedVector, epsilon: Float
    ) throws(GraphError) -> Node {
        try normHeads(x, kind, headDimension: weight.vector.count, weight: weight, epsilon: epsilon)
    }

    /// Normalizes each head of each row by itself: the shape of `x`.
    ///
    /// - Parameters:
    ///   - weight: `[headDimension]`, shared by all heads, or `[columns]`, a row a head; nil: all ones.
    ///   - bias: of a LayerNorm, like `weight`; nil: zeros.
    package mutating func normHeads(
        _ x: Node, _ kind: NormKind, headDimension: Int, weight: NamedVector? = nil, bias: NamedVector? = nil,
        epsilon: Float
    ) throws(GraphError) -> Node {
        let columns = shape(of: x).columns
        guard headDimension > 0, columns % headDimension == 0 else {
            throw .shapes(
                operation: weight?.name ?? "norm", expected: "heads of \(headDimension)", found: "\(columns) columns")
        }
        for vector in [weight, bias] {
            if let vector, vector.vector.count != headDimension {
                try expect(vector.name, columns, vector.vector.count)
            }
        }
        if let bias, kind != .layer {
            throw .shapes(operation: bias.name, expected: "a LayerNorm", found: "an RMSNorm")
        }
        return appendNorm(x, kind, size: headDimension, weight, bias, epsilon)
    }

    private mutating func appendNorm(
        _ x: Node, _ kind: NormKind, size: Int, _ weight: NamedVector?, _ bias: NamedVector?, _ epsilon: Float
    ) -> Node {
        let (weight, bias) = (weight.map { weights($0) }, bias.map { weights($0) })
        return append(shape(of: x)) { out in
            .norm(Operation.Norm(x: x, kind: kind, size: size, weight: weight, bias: bias, epsilon: epsilon, out: out))
        }
    }
}
