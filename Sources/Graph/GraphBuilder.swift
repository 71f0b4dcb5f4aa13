package import Tensors

/// States what a model computes, node by node. Shapes are checked as it goes.
package struct GraphBuilder {
    private(set) var operations: [Operation] = []
    private(set) var shapes: [Shape] = []

    package init() {}

    /// The finished graph, whose result is `output`.
    package func graph(output: Node) -> Graph {
        Graph(operations: operations, shapes: shapes, output: output)
    }

    package func shape(of node: Node) -> Shape { shapes[node.index] }

    /// Rows of `table`, one for each token: `[tokens, table.columns]`.
    package mutating func lookUp(_ table: NamedMatrix, by index: RowIndex) -> Node {
        append(.lookUp(table, by: index), Shape(extent: .tokens, columns: table.matrix.columns))
    }

    /// Normalizes each row: `[extent, columns]`.
    package mutating func norm(
        _ x: Node, _ kind: NormKind, weight: NamedVector, bias: NamedVector? = nil, epsilon: Float
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        try expect(weight.name, shape.columns, weight.vector.count)
        if let bias {
            guard kind == .layer else {
                throw .shapes(operation: bias.name, expected: "a LayerNorm", found: "an RMSNorm")
            }
            try expect(bias.name, shape.columns, bias.vector.count)
        }
        return append(.norm(x, kind, weight: weight, bias: bias, epsilon: epsilon), shape)
    }

    /// Normalizes each head of each row by itself: the shape of `x`.
    package mutating func normHeads(
        _ x: Node, _ kind: NormKind, weight: NamedVector, epsilon: Float
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard shape.columns % weight.vector.count == 0 else {
            throw .shapes(
                operation: weight.name, expected: "heads of \(weight.vector.count)", found: "\(shape.columns) columns")
        }
        return append(.norm(x, kind, weight: weight, bias: nil, epsilon: epsilon), shape)
    }

    /// `x . weightsᵀ + bias`: `[extent, weights.rows]`.
    package mutating func linear(
        _ x: Node, _ weights: NamedMatrix, bias: NamedVector? = nil
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        try expect(weights.name, shape.columns, weights.matrix.columns)
        if let bias { try expect(bias.name, weights.matrix.rows, bias.vector.count) }
        return append(
            .linear(x, weights, bias: bias), Shape(extent: shape.extent, columns: weights.matrix.rows))
    }

    /// Columns of `x`, without a copy: `[extent, range.count]`.
    package mutating func columns(_ x: Node, _ range: Range<Int>) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard range.lowerBound >= 0, range.upperBound <= shape.columns, !range.isEmpty else {
            throw .shapes(operation: "columns", expected: "at least \(range.upperBound)", found: "\(shape.columns)")
        }
        return append(.columns(x, range), Shape(extent: shape.extent, columns: range.count))
    }

    package mutating func add(_ a: Node, _ b: Node) throws(GraphError) -> Node {
        try expectSame("add", a, b)
        return append(.add(a, b), shape(of: a))
    }

    package mutating func multiply(_ a: Node, _ b: Node) throws(GraphError) -> Node {
        try expectSame("multiply", a, b)
        return append(.multiply(a, b), shape(of: a))
    }

    package mutating func activate(_ x: Node, _ activation: Activation) -> Node {
        append(.activate(x, activation), shape(of: x))
    }

    /// The rotation of every token's position, to be shared by all layers: `[tokens, rotated]`.
    package mutating func angles(_ rope: RoPE) throws(GraphError) -> Node {
        guard rope.rotated >= 2, rope.rotated % 2 == 0 else {
            throw .rope(rotated: rope.rotated, headDimension: rope.rotated)
        }
        if let factors = rope.frequencyFactors {
            try expect(factors.name, rope.rotated / 2, factors.vector.count)
        }
        return append(.angles(rope), Shape(extent: .tokens, columns: rope.rotated))
    }

    /// Rotates the heads of `x` by position: the shape of `x`.
    package mutating func rotate(
        _ x: Node, angles: Node, headDimension: Int, pairing: RoPEPairing
    ) throws(GraphError) -> Node {
        let shape = shape(of: x)
        let rotated = self.shape(of: angles).columns
        guard headDimension > 0, rotated <= headDimension else {
            throw .rope(rotated: rotated, headDimension: headDimension)
        }
        guard shape.columns % headDimension == 0, shape.extent == .tokens else {
            throw .shapes(operation: "rotate", expected: "heads of \(headDimension)", found: "\(shape.columns) columns")
        }
        return append(.rotate(x, angles: angles, headDimension: headDimension, pairing: pairing), shape)
    }

    /// Scaled dot-product attention: `[tokens, heads.queries * heads.valueDimension]`.
    package mutating func attention(
        query: Node, _ source: KeyValues, heads: Heads, mask: Mask, scale: Float
    ) throws(GraphError) -> Node {
        guard heads.keyValues > 0, heads.queries > 0, heads.queries % heads.keyValues == 0 else {
            throw .heads(queries: heads.queries, keyValues: heads.keyValues)
        }
        for node in [query, source.keys, source.values] where shape(of: node).extent != .tokens {
            throw .shapes(operation: "attention", expected: "a row for every token", found: "one for every output")
        }
        try expect("attention's query", heads.queries * heads.keyDimension, shape(of: query).columns)
        try expect("attention's keys", heads.keyValues * heads.keyDimension, shape(of: source.keys).columns)
        try expect("attention's values", heads.keyValues * heads.valueDimension, shape(of: source.values).columns)
        return append(
            .attention(query: query, source, heads, mask, scale: scale),
            Shape(extent: .tokens, columns: heads.queries * heads.valueDimension))
    }

    /// The rows of `x` that the caller asked for: `[outputs, columns]`.
    package mutating func outputs(_ x: Node) throws(GraphError) -> Node {
        guard shape(of: x).extent == .tokens else {
            throw .shapes(operation: "outputs", expected: "a row for every token", found: "one for every output")
        }
        return append(.outputs(x), Shape(extent: .outputs, columns: shape(of: x).columns))
    }

    mutating func append(_ operation: Operation, _ shape: Shape) -> Node {
        operations.append(operation)
        shapes.append(shape)
        return Node(index: operations.count - 1)
    }

    private func expect(_ what: String, _ expected: Int, _ found: Int) throws(GraphError) {
        guard expected == found else {
            throw .shapes(operation: what, expected: "\(expected) columns", found: "\(found)")
        }
    }

    private func expectSame(_ what: String, _ a: Node, _ b: Node) throws(GraphError) {
        guard shape(of: a) == shape(of: b) else {
            throw .shapes(
                operation: what, expected: "two values of one shape",
                found: "\(shape(of: a).columns) and \(shape(of: b).columns) columns")
        }
    }
}
