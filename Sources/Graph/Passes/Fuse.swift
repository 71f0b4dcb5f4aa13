internal import Tensors

/// The passes that turn the graph of a model into one that runs well, in their order.
///
/// Each takes a graph and gives an equivalent one.
package enum Fuse {
    package static let passes: [@Sendable (Graph) -> Graph] = [gates, activations, inputs, residuals, quantization]
}

/// Which operations read and write each value of a graph, by `Node.index`.
package struct Uses {
    /// Indices of operations; one that reads a value twice is there twice.
    package private(set) var readers: [[Int]]
    package private(set) var writer: [Int?]
    /// Slices of it, the graph's output, and what a trace keeps.
    private var otherUses: [Int]

    package init(_ graph: Graph) {
        readers = [[Int]](repeating: [], count: graph.values.count)
        writer = [Int?](repeating: nil, count: graph.values.count)
        otherUses = [Int](repeating: 0, count: graph.values.count)
        for (index, operation) in graph.operations.enumerated() {
            for node in operation.reads(graph) { readers[node.index].append(index) }
            for node in operation.writes(graph) { writer[node.index] = index }
        }
        for value in graph.values {
            if let slice = value.slice { otherUses[slice.whole.index] += 1 }
        }
        otherUses[graph.output.index] += 1
        for node in graph.observed { otherUses[node.index] += 1 }
    }

    /// The operation that alone uses a value.
    package func soleReader(of node: Node) -> Int? {
        otherUses[node.index] == 0 && readers[node.index].count == 1 ? readers[node.index].first : nil
    }
}

extension Graph {
    /// Removes operations, and brings the terms of the others into their order.
    package mutating func remove(_ removed: Set<Int>) {
        operations = operations.indices.filter { !removed.contains($0) }.map { operations[$0] }
        var ordered: [ProductTerm] = []
        for (index, operation) in operations.enumerated() {
            guard var product = operation.product else { continue }
            let own = terms[product.terms]
            product.firstTerm = ordered.count
            ordered += own
            operations[index].setProduct(product)
        }
        terms = ordered
    }

    /// The one term of a product that nothing was joined with yet.
    package func plainTerm(_ operation: Int) -> ProductTerm? {
        guard case .product(let product) = operations[operation], product.termCount == 1 else { return nil }
        let term = terms[product.firstTerm]
        return term.activation == nil && term.residual == nil ? term : nil
    }
}

extension Operation {
    package mutating func setProduct(_ product: Product) {
        switch self {
        case .gatedProduct(var gated):
            gated.product = product
            self = .gatedProduct(gated)
        default: self = .product(product)
        }
    }
}
