internal import Tensors

extension Fuse {
    /// `activation(gate product) * up product` of one input becomes one gated product (arXiv:2002.05202), so that neither
    /// product is ever stored whole.
    package static func gates(_ graph: Graph) -> Graph {
        let uses = Uses(graph)
        var graph = graph
        var removed: Set<Int> = []
        for (index, operation) in graph.operations.enumerated() {
            guard case .multiply(let multiply) = operation else { continue }
            for (activated, up) in [(multiply.a, multiply.b), (multiply.b, multiply.a)] {
                guard let gate = Gate(activated, up, graph, uses) else { continue }
                let terms = [gate.gate, gate.up].compactMap(graph.plainTerm).map { term in
                    var gated = term
                    gated.out = multiply.out
                    return gated
                }
                // What an adapter adds to the second product may be computed behind the first one.
                let isAdapted = terms.contains { !$0.lowRanks.isEmpty }
                let first = isAdapted ? max(gate.gate, gate.up) : min(gate.gate, gate.up)
                let product = Operation.Product(floats: gate.input, firstTerm: graph.terms.count, termCount: 2)
                graph.terms += terms
                graph.operations[first] = .gatedProduct(
                    Operation.GatedProduct(product: product, activation: gate.activation))
                removed.formUnion([gate.gate, gate.up, gate.activated, index].filter { $0 != first })
                break
            }
        }
        graph.remove(removed)
        return graph
    }

    /// The operations of a gate; each result has one reader, the next operation.
    private struct Gate {
        package let gate: Int
        package let up: Int
        package let activated: Int
        package let activation: Activation
        package let input: Node?

        package init?(_ activated: Node, _ up: Node, _ graph: Graph, _ uses: Uses) {
            guard uses.soleReader(of: activated) != nil, uses.soleReader(of: up) != nil,
                let activate = uses.writer[activated.index],
                case .activate(let activation) = graph.operations[activate],
                uses.soleReader(of: activation.x) != nil,
                let gate = uses.writer[activation.x.index], let gateTerm = graph.plainTerm(gate),
                let upWriter = uses.writer[up.index], let upTerm = graph.plainTerm(upWriter),
                let input = graph.operations[gate].product?.floats,
                graph.operations[upWriter].product?.floats == input,
                // Packed weights multiply quantized activations, other weights floats.
                graph.weightLayout == .blocks
                    || gateTerm.weights.format.isQuantized == upTerm.weights.format.isQuantized
            else { return nil }
            self.gate = gate
            self.up = upWriter
            self.activated = activate
            self.activation = activation.activation
            self.input = input
        }
    }
}
