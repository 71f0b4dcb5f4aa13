internal import Tensors

extension Fuse {
    /// An activation that alone reads a product runs in the product.
    package static func activations(_ graph: Graph) -> Graph {
        let uses = Uses(graph)
        var graph = graph
        var removed: Set<Int> = []
        for index in graph.operations.indices {
            guard case .product(let product) = graph.operations[index], let term = graph.plainTerm(index),
                let reader = uses.soleReader(of: term.out), case .activate(let activate) = graph.operations[reader]
            else { continue }
            graph.terms[product.firstTerm].activation = activate.activation
            graph.terms[product.firstTerm].out = activate.out
            removed.insert(reader)
        }
        graph.remove(removed)
        return graph
    }

    /// Products of one input run as one operation, where the first one was. Those that adapters add to are one of their own,
    /// behind the products that give what is added.
    package static func inputs(_ graph: Graph) -> Graph {
        struct Key: Hashable {
            let input: Node
            let isAdapted: Bool
        }
        var graph = graph
        var first: [Key: Int] = [:]
        var terms: [Int: [ProductTerm]] = [:]
        var removed: Set<Int> = []
        for (index, operation) in graph.operations.enumerated() {
            guard case .product(let product) = operation, let input = product.floats else { continue }
            let isAdapted = graph.terms[product.terms].contains { !$0.lowRanks.isEmpty }
            let key = Key(input: input, isAdapted: isAdapted)
            let place = first[key, default: index]
            first[key] = place
            terms[place, default: []] += graph.terms[product.terms]
            if place != index { removed.insert(index) }
        }
        for (index, joined) in terms {
            guard case .product(var product) = graph.operations[index] else { continue }
            product.firstTerm = graph.terms.count
            product.termCount = joined.count
            graph.terms += joined
            graph.operations[index] = .product(product)
        }
        graph.remove(removed)
        return graph
    }

    /// An addition that alone reads a product is done by the product if its other operand is computed before.
    package static func residuals(_ graph: Graph) -> Graph {
        let uses = Uses(graph)
        var graph = graph
        var removed: Set<Int> = []
        var defined: Set<Node> = []
        for index in graph.operations.indices where !removed.contains(index) {
            if case .product(let product) = graph.operations[index] {
                for place in product.terms {
                    let term = graph.terms[place]
                    guard term.activation == nil, term.residual == nil,
                        let reader = uses.soleReader(of: term.out),
                        case .add(let add) = graph.operations[reader]
                    else { continue }
                    let other = add.a == term.out ? add.b : add.a
                    guard defined.contains(graph.whole(other)) else { continue }
                    graph.terms[place].residual = other
                    graph.terms[place].out = add.out
                    removed.insert(reader)
                }
            }
            defined.formUnion(graph.operations[index].writes(graph))
        }
        graph.remove(removed)
        return graph
    }
}
