package import Tensors

extension Operation {
    /// `out[t, c] = bias[c] + sum over j of weights[c, j] * x[t - width + 1 + j, c]`: each channel by itself, over the rows
    /// of its sequence. The state is the last `width - 1` rows of `x`.
    package struct CausalConvolution: ResultPayload {
        package let x: Node
        package let weights: WeightMatrix
        package let bias: WeightVector?
        /// Of `Graph.fixedStates`.
        package let state: Int
        package let out: Node

        package var name: String { "causal convolution" }
        package var inputs: [Node] { [x] }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles([weights.address])
            cost.weightBytes = weights.rows * weights.rowBytes
            cost.multiplyAddsPerRow = weights.rows * weights.columns
            return cost
        }

        package func text(_ graph: Graph) -> String {
            "\(name) \(graph.text(inputs)), \(graph.name(of: weights)), width \(weights.columns), state \(state)"
        }
    }
}

extension GraphBuilder {
    /// A depthwise causal convolution, whose state is its last inputs: the shape of `x`.
    ///
    /// - Parameters:
    ///   - x: `[tokens, channels]`.
    ///   - weights: `[channels, width]`, float32.
    package mutating func causalConvolution(
        _ x: Node, _ weights: NamedMatrix, bias: NamedVector? = nil
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        let (matrix, width) = (weights.matrix, weights.matrix.columns)
        guard shape.domain == .tokens, matrix.format == .f32, width <= Kernels.maxConvolutionWidth else {
            throw .shapes(
                operation: weights.name,
                expected: "a row for every token and float32 of a width up to \(Kernels.maxConvolutionWidth)",
                found: "\(shape.domain), \(matrix.format.name) of \(width)")
        }
        try expect(weights.name, shape.columns, matrix.rows)
        if let bias { try expect(bias.name, shape.columns, bias.vector.count) }
        let state = addState(.convolution(rows: width - 1, columns: shape.columns))
        let (taken, offsets) = (self.weights(weights), bias.map { self.weights($0) })
        return append(shape) { out in
            .causalConvolution(
                Operation.CausalConvolution(x: x, weights: taken, bias: offsets, state: state, out: out))
        }
    }
}
