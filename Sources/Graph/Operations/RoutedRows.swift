package import Tensors

extension Operation {
    /// `out[place] = x[row of place]`: a row for each of its experts, as float32 or as int8 blocks.
    package struct RoutedRows: ResultPayload {
        package internal(set) var x: Node
        package let routing: Routing
        package let out: Node

        package var name: String { "routed rows" }
        package var inputs: [Node] { [x, routing.sources] }

        package func text(_ graph: Graph) -> String { "\(name) of \(graph.text([x]))" }
    }

    /// `out[row] = sum over its experts of weight * x[place]`, the best expert first, `+ bias`.
    package struct RoutedSum: ResultPayload {
        package let x: Node
        package let routing: Routing
        package let isWeighted: Bool
        /// Of all experts together.
        package let bias: WeightVector?
        package let out: Node

        package var name: String { "routed sum" }
        package var inputs: [Node] { [x, routing.places] + (isWeighted ? [routing.weights] : []) }

        package func text(_ graph: Graph) -> String {
            (isWeighted ? "weighted " : "") + "\(name) of \(graph.text([x]))"
                + (bias.map { " + \(graph.name(of: $0))" } ?? "")
        }
    }
}
