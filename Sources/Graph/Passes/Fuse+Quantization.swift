internal import Tensors

extension Fuse {
    /// Products with quantized weights read quantized inputs: norms and products make these themselves, other values are
    /// quantized once for all products. A product's result that nothing reads as floats is never stored as floats.
    package static func quantization(_ graph: Graph) -> Graph {
        var pass = QuantizationPass(graph)
        for operation in graph.operations { pass.append(operation) }
        pass.graph.remove([])
        return pass.graph
    }
}

private struct QuantizationPass {
    package var graph: Graph
    /// Values that products with quantized weights read.
    private var isReadQuantized: Set<Node> = []
    /// Values that something reads as floats.
    private var isReadAsFloats: Set<Node> = []
    /// The quantized form of each value that has one by now.
    private var quantized: [Node: Node] = [:]

    package init(_ graph: Graph) {
        self.graph = graph
        self.graph.operations = []
        isReadAsFloats.insert(graph.output)
        isReadAsFloats.formUnion(graph.observed)
        for value in graph.values {
            if let slice = value.slice { isReadAsFloats.insert(slice.whole) }
        }
        for operation in graph.operations {
            if case .routedRows(let routed) = operation, reads(quantized: routed), graph.weightLayout == .blocks {
                isReadQuantized.insert(routed.x)
                continue
            }
            guard let product = operation.product, let input = product.floats, product.quantized == nil else {
                isReadAsFloats.formUnion(operation.reads(graph))
                continue
            }
            for term in graph.terms[product.terms] {
                if term.weights.format.isQuantized {
                    isReadQuantized.insert(input)
                } else {
                    isReadAsFloats.insert(input)
                }
                if let residual = term.residual { isReadAsFloats.insert(residual) }
                for part in graph.lowRanks[term.lowRanks] { isReadAsFloats.insert(part.x) }
            }
        }
    }

    package mutating func append(_ operation: Operation) {
        var operation = operation
        if case .norm(var norm) = operation, isReadQuantized.contains(norm.out) {
            let form = graph.addValue(graph.shape(of: norm.out), storage(isGELU: false))
            norm.quantized = form
            quantized[norm.out] = form
            operation = .norm(norm)
        } else if let product = operation.product {
            operation.setProduct(lower(product))
        } else if case .routedRows(var routed) = operation, reads(quantized: routed) {
            routed.x = blocks(of: routed.x)
            operation = .routedRows(routed)
        }
        graph.operations.append(operation)
    }

    private mutating func lower(_ product: Operation.Product) -> Operation.Product {
        guard let input = product.floats, product.quantized == nil else { return product }
        var product = product
        let terms = graph.terms[product.terms]
        if terms.contains(where: { $0.weights.format.isQuantized }) { product.quantized = quantizedForm(of: input) }
        if terms.allSatisfy({ $0.weights.format.isQuantized }) { product.floats = nil }
        for term in terms where isReadQuantized.contains(term.out) && !isReadAsFloats.contains(term.out) {
            let isGELU = term.activation == .gelu && term.weights.format.isQuantized
            graph.values[term.out.index].storage = storage(isGELU: isGELU)
            quantized[term.out] = term.out
        }
        return product
    }

    private mutating func quantizedForm(of node: Node) -> Node {
        if let known = quantized[node] { return known }
        let out = graph.addValue(graph.shape(of: node), storage(isGELU: false))
        graph.operations.append(.quantize(Operation.Quantize(x: node, out: out)))
        quantized[node] = out
        return out
    }

    /// Whether an operation gives experts with quantized weights their rows, and reads floats yet.
    private func reads(quantized routed: Operation.RoutedRows) -> Bool {
        graph.values[routed.out.index].storage == .int8Blocks && graph.values[routed.x.index].storage == .float32
    }

    /// Experts read blocks in either layout.
    private mutating func blocks(of node: Node) -> Node {
        guard graph.weightLayout == .packed else { return quantizedForm(of: node) }
        let out = graph.addValue(graph.shape(of: node), .int8Blocks)
        graph.operations.append(.quantize(Operation.Quantize(x: node, out: out)))
        return out
    }

    private func storage(isGELU: Bool) -> Storage {
        graph.weightLayout == .blocks ? .int8Blocks : isGELU ? .geluGroups : .byteGroups
    }
}
