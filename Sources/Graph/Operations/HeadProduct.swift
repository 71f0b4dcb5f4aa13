package import Tensors

extension Operation {
    /// Of every head, the product of its first columns with a matrix of its own: head `h` of `out[t]` is
    /// `weights[h] . x[t, h, 0..<weights.columns]`.
    package struct HeadProduct: ResultPayload {
        package let x: Node
        package let heads: Int
        /// `[heads * out's columns of a head, columns]`
        package let weights: WeightMatrix
        package let out: Node

        package var name: String { "head product" }
        package var inputs: [Node] { [x] }
        /// Columns of a head of the result.
        package var headSize: Int { weights.rows / heads }

        package func cost(_ graph: Graph) -> Cost {
            var cost = Cost(name, graph.shape(of: out))
            cost.weights = graph.roles([weights.address])
            cost.formats = weights.format.name
            cost.shape = "\(heads) x \(headSize) x \(weights.columns)"
            cost.weightBytes = weights.rows * weights.rowBytes
            cost.multiplyAddsPerRow = weights.rows * weights.columns
            return cost
        }

        /// What a product needs, and a head's columns of all tokens as int8 blocks.
        package func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace {
            let quantized = weights.format.isQuantized ? QuantizedRows.rowBytes(columns: weights.columns) : 0
            return Workspace(
                scratchBytes: limits.kernels.productScratchBytes(columns: weights.columns) + limits.tokens * quantized)
        }

        package func text(_ graph: Graph) -> String {
            "\(name) \(graph.text(inputs)) x \(graph.name(of: weights)) [\(heads), \(headSize), \(weights.columns)] "
                + weights.format.name
        }
    }
}

extension GraphBuilder {
    /// The product of every head of `x` with a matrix of its own: `[tokens, weights.rows]`.
    ///
    /// - Parameters:
    ///   - x: `[tokens, heads * headDimension]`; the first `weights.columns` columns of a head are read.
    ///   - weights: `[heads * rows, columns]`.
    package mutating func headProduct(
        _ x: Node, _ weights: NamedMatrix, heads: Int
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard heads > 0, shape.columns % heads == 0, weights.matrix.rows % heads == 0, shape.domain == .tokens else {
            throw .shapes(
                operation: weights.name, expected: "tokens and a matrix of \(heads) heads each",
                found: "\(shape.columns) columns and \(weights.matrix.rows) rows")
        }
        guard weights.matrix.columns <= shape.columns / heads else {
            throw .shapes(
                operation: weights.name, expected: "up to \(shape.columns / heads) columns",
                found: "\(weights.matrix.columns)")
        }
        let matrix = self.weights(weights)
        return append(Shape(domain: .tokens, columns: matrix.rows)) { out in
            .headProduct(Operation.HeadProduct(x: x, heads: heads, weights: matrix, out: out))
        }
    }
}
