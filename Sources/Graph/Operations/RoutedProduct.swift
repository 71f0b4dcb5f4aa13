package import Tensors

/// One matrix of every expert, `[experts, rows, columns]`.
package struct ExpertMatrix: Sendable {
    package let weights: NamedMatrix
    /// `[experts, rows]`
    package let bias: NamedVector?
    /// Of each expert's rows, those that are this matrix; nil: all.
    package let range: Range<Int>?

    /// - Parameters:
    ///   - weights: `[experts * rows, columns]`.
    ///   - range: the rows of each expert that are meant, where a file joins two matrices.
    package init(_ weights: NamedMatrix, bias: NamedVector? = nil, rows range: Range<Int>? = nil) {
        self.weights = weights
        self.bias = bias
        self.range = range
    }
}

/// The activation between the products of an expert.
package enum ExpertActivation: Sendable, BitwiseCopyable {
    /// `activation(gate) * up`, or `activation(up)` without a gate.
    case plain(Activation)
    /// Of gate and up (arXiv:2508.10925).
    case clampedSwiGLU(alpha: Float, limit: Float)
}

extension Operation {
    /// Of every place, the product of its row with the weights of its expert, with bias and activation.
    package struct RoutedProduct: ResultPayload {
        /// One matrix of every expert.
        package struct Weights: Sendable, BitwiseCopyable {
            /// `[experts * stride, columns]`
            package let weights: WeightMatrix
            /// `[experts * stride]`
            package let bias: WeightVector?
            /// Rows of each expert, and those that are meant.
            package let stride: Int
            package let firstRow: Int
            package let rowCount: Int

            package func matrix(_ expert: Int) -> WeightMatrix { weights.rows(rows(expert)) }

            package func bias(_ expert: Int) -> WeightVector? { bias?.elements(rows(expert)) }

            private func rows(_ expert: Int) -> Range<Int> {
                expert * stride + firstRow..<expert * stride + firstRow + rowCount
            }
        }

        /// Rows of places, as float32 or as int8 blocks.
        package let x: Node
        package let routing: Routing
        package let weights: Weights
        package let gate: Weights?
        package let activation: ExpertActivation?
        package let out: Node

        package var name: String { gate == nil ? "routed product" : "gated routed product" }
        package var inputs: [Node] { [x, routing.order, routing.sources] }

        private var matrices: [Weights] { [gate, weights].compactMap { $0 } }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles(matrices.map(\.weights.address))
            cost.formats = weights.weights.format.name
            cost.shape =
                "\(routing.used) of \(routing.experts) x "
                + matrices.map { "\($0.rowCount)" }.joined(separator: "+") + " x \(weights.weights.columns)"
            for matrix in matrices {
                cost.rowBytes += routing.used * matrix.rowCount * matrix.weights.rowBytes
                cost.multiplyAddsPerRow += routing.used * matrix.rowCount * matrix.weights.columns
            }
            return cost
        }

        package func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace {
            Workspace(
                scratchBytes: limits.kernels.productScratchBytes(columns: weights.weights.columns)
                    + limits.tokens * Product.maxChunkRows * 4)
        }

        package func text(_ graph: Graph) -> String {
            let activation =
                switch activation {
                case .plain(let activation): ", \(activation.rawValue)"
                case .clampedSwiGLU(let alpha, let limit): ", clamped SwiGLU with alpha \(alpha) and limit \(limit)"
                case nil: ""
                }
            let names = matrices.map { matrix in
                "\(graph.name(of: matrix.weights)) [\(routing.experts), \(matrix.rowCount), "
                    + "\(matrix.weights.columns)] \(matrix.weights.format.name)"
            }
            return "\(name) \(graph.text([x])) x \(names.joined(separator: ", "))\(activation)"
        }
    }
}

extension GraphBuilder {
    /// A mixture of experts (arXiv:1701.06538): of each row of `x`, the sum of its experts' results,
    /// `down(activation(gate x) * up x)`, times their weights, and `bias`. The shape of `x`.
    ///
    /// - Parameters:
    ///   - gate: nil: `down(activation(up x))`.
    ///   - down: `[experts, columns, up's rows]`.
    ///   - isWeighted: false: results are added up as they are.
    package mutating func experts(
        _ x: Node, _ routing: Routing, gate: ExpertMatrix?, up: ExpertMatrix, down: ExpertMatrix,
        activation: ExpertActivation, isWeighted: Bool = true, bias: NamedVector? = nil
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard shape.domain == self.shape(of: routing.weights).domain else {
            throw .shapes(operation: "experts", expected: "the rows that were routed", found: "\(shape.domain)")
        }
        if case .clampedSwiGLU = activation, gate == nil {
            throw .shapes(operation: up.weights.name, expected: "a gate for a clamped SwiGLU", found: "none")
        }
        let upWeights = try expertWeights(up, routing, columns: shape.columns)
        let gateWeights = try gate.map { gate throws(GraphError) in
            try expertWeights(gate, routing, columns: shape.columns)
        }
        let inner = upWeights.rowCount
        if let gateWeights {
            guard gateWeights.weights.format.isQuantized == upWeights.weights.format.isQuantized else {
                throw .shapes(
                    operation: up.weights.name, expected: "a gate that is quantized as it is",
                    found: gateWeights.weights.format.name)
            }
            try expect("experts' gate", inner, gateWeights.rowCount)
        }
        let downWeights = try expertWeights(down, routing, columns: inner)
        try expect("experts' result", shape.columns, downWeights.rowCount)
        if let bias { try expect(bias.name, shape.columns, bias.vector.count) }

        let rows = placeRows(shape.columns, routing, isQuantized: upWeights.weights.format.isQuantized)
        append(.routedRows(Operation.RoutedRows(x: x, routing: routing, out: rows)))
        let activated = placeRows(inner, routing, isQuantized: downWeights.weights.format.isQuantized)
        append(
            .routedProduct(
                Operation.RoutedProduct(
                    x: rows, routing: routing, weights: upWeights, gate: gateWeights, activation: activation,
                    out: activated)))
        let results = placeRows(shape.columns, routing, isQuantized: false)
        append(
            .routedProduct(
                Operation.RoutedProduct(
                    x: activated, routing: routing, weights: downWeights, gate: nil, activation: nil, out: results)))
        let sumBias = bias.map { weights($0) }
        return append(shape) { out in
            .routedSum(
                Operation.RoutedSum(x: results, routing: routing, isWeighted: isWeighted, bias: sumBias, out: out))
        }
    }

    /// A value with a row of `columns` for every place.
    private mutating func placeRows(_ columns: Int, _ routing: Routing, isQuantized: Bool) -> Node {
        let domain = shape(of: routing.weights).domain
        return addValue(
            Shape(domain: domain, columns: routing.used * columns), isQuantized ? .int8Blocks : .float32)
    }

    private mutating func expertWeights(
        _ matrix: ExpertMatrix, _ routing: Routing, columns: Int
    ) throws(GraphError) -> Operation.RoutedProduct.Weights {
        let (name, rows) = (matrix.weights.name, matrix.weights.matrix.rows)
        let (stride, rest) = rows.quotientAndRemainder(dividingBy: routing.experts)
        let range = matrix.range ?? 0..<stride
        guard rest == 0, range.lowerBound >= 0, range.upperBound <= stride, !range.isEmpty else {
            throw .shapes(
                operation: name, expected: "rows for each of \(routing.experts) experts", found: "\(rows) rows")
        }
        try expect(name, columns, matrix.weights.matrix.columns)
        if let bias = matrix.bias { try expect(bias.name, rows, bias.vector.count) }
        return Operation.RoutedProduct.Weights(
            weights: weights(matrix.weights), bias: matrix.bias.map { weights($0) }, stride: stride,
            firstRow: range.lowerBound, rowCount: range.count)
    }
}
