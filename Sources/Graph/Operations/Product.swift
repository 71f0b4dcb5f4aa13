package import Tensors

/// One matrix of a product, and what is done to its result while that is in a core's cache.
package struct ProductTerm: Sendable, BitwiseCopyable {
    package let weights: WeightMatrix
    package let bias: WeightVector?
    /// Multiplies the product, before the bias is added.
    package internal(set) var factor: AdapterFactor?
    /// Added to the product: those of `Graph.lowRanks` from one on.
    package internal(set) var firstLowRank = 0
    package internal(set) var lowRankCount = 0
    /// Applied to the sum of product and bias.
    package internal(set) var activation: Activation?
    /// Added to the result.
    package internal(set) var residual: Node?
    /// Float32 rows, int8 blocks, or bytes in groups; making `geluGroups` applies the activation.
    package internal(set) var out: Node

    package var lowRanks: Range<Int> { firstLowRank..<firstLowRank + lowRankCount }
}

extension Operation {
    /// Products of one input with one or more matrices: each term's
    /// `out = activation(factor * x . weightsᵀ + low ranks + bias) + residual`.
    package struct Product: OperationPayload {
        /// Max rows of one chunk's result that a thread's scratch holds for all tokens of a full step.
        package static let maxChunkRows = 256

        /// The input as float32, where some matrix is of a float format.
        package internal(set) var floats: Node?
        /// The input as int8 blocks, or as bytes in groups for packed weights, where some matrix is quantized.
        package internal(set) var quantized: Node?
        /// Of `Graph.terms`.
        package internal(set) var firstTerm: Int
        package internal(set) var termCount = 1

        package var terms: Range<Int> { firstTerm..<firstTerm + termCount }

        package var name: String { "product" }

        package func reads(_ graph: Graph) -> [Node] {
            [floats, quantized].compactMap { $0 } + graph.terms[terms].compactMap(\.residual)
                + graph.terms[terms].flatMap { graph.lowRanks[$0.lowRanks].map(\.x) }
        }

        package func writes(_ graph: Graph) -> [Node] { graph.terms[terms].map(\.out) }

        package func cost(_ graph: Graph) -> Cost { cost(graph, name) }

        package func cost(_ graph: Graph, _ name: String) -> Cost {
            let terms = graph.terms[terms]
            var formats: [String] = []
            var cost = Cost(name)
            for term in terms {
                let weights = term.weights
                if !formats.contains(weights.format.name) { formats.append(weights.format.name) }
                cost.weightBytes += weights.rows * weights.rowBytes
                cost.multiplyAddsPerRow += weights.rows * weights.columns
                cost.domain = graph.shape(of: term.out).domain
                for part in graph.lowRanks[term.lowRanks] {
                    cost.weightBytes += part.up.rows * part.up.rowBytes
                    cost.multiplyAddsPerRow += part.up.rows * part.up.columns
                }
            }
            cost.weights = graph.roles(terms.map(\.weights.address))
            cost.formats = formats.joined(separator: " ")
            let columns = terms.first?.weights.columns ?? 0
            cost.shape = terms.map { "\($0.weights.rows)" }.joined(separator: "+") + " x \(columns)"
            return cost
        }

        package func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace {
            let columns = graph.terms[terms].map(\.weights.columns).max() ?? 0
            return Workspace(
                scratchBytes: limits.kernels.productScratchBytes(columns: columns)
                    + limits.tokens * Self.maxChunkRows * 4 + lowRankBytes(graph, limits))
        }

        /// Scratch for the sums that low ranks add.
        private func lowRankBytes(_ graph: Graph, _ limits: StepLimits) -> Int {
            let columns = graph.terms[terms].flatMap { graph.lowRanks[$0.lowRanks].map(\.up.columns) }.max()
            return columns.map { limits.kernels.lowRankScratchBytes(rank: $0, tokens: limits.tokens) } ?? 0
        }

        package func text(_ graph: Graph) -> String { text(graph, name) }

        package func text(_ graph: Graph, _ name: String) -> String {
            let terms = graph.terms[terms].map { term in
                "\(graph.name(of: term.weights)) [\(term.weights.rows), \(term.weights.columns)] "
                    + term.weights.format.name
                    + (term.factor.map { " by \($0.constant) of adapter \($0.adapter)" } ?? "")
                    + graph.lowRanks[term.lowRanks].map { " + \(graph.text([$0.x])) x \(graph.name(of: $0.up))" }
                    .joined()
                    + (term.bias.map { " + \(graph.name(of: $0))" } ?? "")
                    + (term.activation.map { ", \($0.rawValue)" } ?? "")
                    + (term.residual.map { " + \(graph.text([$0]))" } ?? "")
            }
            let inputs = [floats, quantized].compactMap { $0 }
            return "\(name) \(graph.text(inputs)) x \(terms.joined(separator: ", "))"
        }
    }

    /// The product of a plain or a gated one.
    package var product: Product? {
        switch self {
        case .product(let product): product
        case .gatedProduct(let gated): gated.product
        default: nil
        }
    }
}

extension GraphBuilder {
    /// `x . weightsᵀ + bias`: `[domain, weights.rows]`.
    package mutating func linear(
        _ x: Node, _ weights: NamedMatrix, bias: NamedVector? = nil
    ) throws(GraphError) -> Node {
        try product(x, weights, bias: bias)
    }

    /// A product with all that may be added to it.
    mutating func product(
        _ x: Node, _ weights: NamedMatrix, bias: NamedVector?, factor: AdapterFactor? = nil,
        lowRanks: Range<Int> = 0..<0
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        try expect(weights.name, shape.columns, weights.matrix.columns)
        if let bias { try expect(bias.name, weights.matrix.rows, bias.vector.count) }
        let matrix = self.weights(weights)
        let out = addValue(Shape(domain: shape.domain, columns: matrix.rows))
        let term = addTerm(
            ProductTerm(
                weights: matrix, bias: bias.map { self.weights($0) }, factor: factor,
                firstLowRank: lowRanks.lowerBound, lowRankCount: lowRanks.count, out: out))
        append(.product(Operation.Product(floats: x, firstTerm: term)))
        return out
    }
}
