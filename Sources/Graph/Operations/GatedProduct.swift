package import Tensors

extension Operation {
    /// `out = activation(first term) * second term`; both terms have the same `out`.
    package struct GatedProduct: OperationPayload {
        package internal(set) var product: Product
        package let activation: Activation

        package var name: String { "gated product" }

        package func reads(_ graph: Graph) -> [Node] { product.reads(graph) }

        package func writes(_ graph: Graph) -> [Node] { [graph.terms[product.firstTerm].out] }

        package func cost(_ graph: Graph) -> Cost { product.cost(graph, name) }

        package func workspace(_ graph: Graph, _ limits: StepLimits) -> Workspace { product.workspace(graph, limits) }

        package func text(_ graph: Graph) -> String { product.text(graph, "\(activation.rawValue)-gated product") }
    }
}
