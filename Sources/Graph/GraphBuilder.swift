package import Tensors

/// A weight and its name in the file.
package struct NamedMatrix: Sendable {
    package let name: String
    package let matrix: WeightMatrix

    package init(name: String, matrix: WeightMatrix) {
        self.name = name
        self.matrix = matrix
    }
}

/// A float32 vector and its name in the file.
package struct NamedVector: Sendable {
    package let name: String
    package let vector: WeightVector

    package init(name: String, vector: WeightVector) {
        self.name = name
        self.vector = vector
    }
}

/// States what a model computes, operation by operation. Shapes are checked as it goes. The functions that state one stand
/// beside its payload in `Operations`.
package struct GraphBuilder {
    private var graph = Graph()

    package init() {}

    /// The finished graph, whose result is `output`.
    ///
    /// - Parameter states: the result of the last layer, before the norm behind it; for traces.
    package func graph(output: Node, states: Node? = nil) -> Graph {
        var graph = graph
        graph.output = output
        graph.finalStates = states
        return graph
    }

    package func shape(of node: Node) -> Shape { graph.shape(of: node) }

    /// Columns of `x`, without a copy: `[domain, range.count]`.
    package mutating func slice(_ x: Node, _ range: Range<Int>) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard range.lowerBound >= 0, range.upperBound <= shape.columns, !range.isEmpty else {
            throw .shapes(operation: "slice", expected: "at least \(range.upperBound)", found: "\(shape.columns)")
        }
        let first = (graph.values[x.index].slice?.firstColumn ?? 0) + range.lowerBound
        return graph.addValue(
            Shape(domain: shape.domain, columns: range.count),
            slice: GraphValue.Slice(whole: graph.whole(x), firstColumn: first))
    }

    // MARK: For the operations

    /// Whether some value is rotated by position.
    package var hasRopeTable: Bool {
        graph.operations.contains { if case .ropeTable = $0 { true } else { false } }
    }

    /// The keys and values stored in the cache of a layer.
    package func keyValues(layer: Int) -> KeyValues? {
        for case .storeKeyValues(let store) in graph.operations where store.layer == layer { return store.source }
        return nil
    }

    package mutating func append(_ operation: Operation) { graph.operations.append(operation) }

    /// Appends an operation with one result.
    package mutating func append(_ shape: Shape, _ make: (_ out: Node) -> Operation) -> Node {
        let out = graph.addValue(shape)
        append(make(out))
        return out
    }

    package mutating func addValue(_ shape: Shape, _ storage: Storage = .float32) -> Node {
        graph.addValue(shape, storage)
    }

    package mutating func addTerm(_ term: ProductTerm) -> Int {
        graph.terms.append(term)
        return graph.terms.count - 1
    }

    mutating func addLowRanks(_ parts: [LowRank]) -> Range<Int> {
        graph.lowRanks += parts
        return graph.lowRanks.count - parts.count..<graph.lowRanks.count
    }

    /// The result of a plain product of `x` with all of a matrix and this factor, if one was stated.
    func product(of x: Node, _ weights: WeightMatrix, _ factor: AdapterFactor) -> Node? {
        for case .product(let product) in graph.operations.suffix(8) where product.floats == x {
            let term = graph.terms[product.firstTerm]
            if term.weights.address == weights.address, term.factor == factor { return term.out }
        }
        return nil
    }

    package mutating func addFrequencies(_ frequencies: [Double]) -> Int {
        graph.frequencies += frequencies
        return graph.frequencies.count - frequencies.count
    }

    /// The place of a bias among the graph's.
    package mutating func addBias(_ bias: HeadBias) -> Int {
        if let known = graph.biases.firstIndex(where: bias.isSame) { return known }
        graph.biases.append(bias)
        return graph.biases.count - 1
    }

    /// The place of a state among `Graph.fixedStates`.
    package mutating func addState(_ state: StateSpec) -> Int {
        graph.fixedStates.append(state)
        return graph.fixedStates.count - 1
    }

    /// A weight, whose name the dump will have.
    package mutating func weights(_ named: NamedMatrix) -> WeightMatrix {
        graph.names[named.matrix.address] = named.name
        return named.matrix
    }

    package mutating func weights(_ named: NamedVector) -> WeightVector {
        graph.names[named.vector.address] = named.name
        return named.vector
    }

    package func expect(_ what: String, _ expected: Int, _ found: Int) throws(GraphError) {
        guard expected == found else {
            throw .shapes(operation: what, expected: "\(expected) columns", found: "\(found)")
        }
    }

    package func expectSame(_ what: String, _ a: Node, _ b: Node) throws(GraphError) {
        guard shape(of: a) == shape(of: b) else {
            throw .shapes(
                operation: what, expected: "two values of one shape",
                found: "\(shape(of: a).columns) and \(shape(of: b).columns) columns")
        }
    }
}
