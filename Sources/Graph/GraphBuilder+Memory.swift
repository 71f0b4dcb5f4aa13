/// What models of two halves need: an encoder of what is no text, and a decoder that attends to its result.
extension GraphBuilder {
    /// Rows that the caller fills in before a step: `[extent, columns]`.
    package mutating func input(_ extent: Extent, columns: Int) -> Node {
        append(.input, Shape(extent: extent, columns: columns))
    }

    /// Each row of `x` beside its neighbours, as a convolution of odd `width` reads them, zero beyond the ends:
    /// `[extent, columns * width]`. With a stride of 2 the frames become tokens.
    package mutating func unfold(_ x: Node, width: Int, stride: Int) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard width % 2 == 1, stride == 1 || (stride == 2 && shape.extent == .frames) else {
            throw .shapes(
                operation: "unfold", expected: "an odd width and a stride of 1, or of 2 over frames",
                found: "a width of \(width) and a stride of \(stride)")
        }
        let (columns, overflow) = shape.columns.multipliedReportingOverflow(by: width)
        guard !overflow else {
            throw .shapes(operation: "unfold", expected: "a size", found: "\(shape.columns) times \(width) columns")
        }
        return append(
            .unfold(x, width: width, stride: stride),
            Shape(extent: stride == 1 ? shape.extent : .tokens, columns: columns))
    }

    /// Keeps keys and values, `[tokens, columns]` each, in the cache of a layer: the memory of another program.
    package mutating func remember(keys: Node, values: Node, layer: Int) throws(GraphError) {
        for node in [keys, values] where shape(of: node).extent != .tokens {
            throw .shapes(operation: "remember", expected: "a row for every token", found: "\(shape(of: node).extent)")
        }
        _ = append(.remember(keys: keys, values: values, layer: layer), shape(of: values))
    }

    /// Scaled dot-product attention of every token to the whole memory:
    /// `[tokens, heads.queries * heads.valueDimension]`.
    package mutating func memoryAttention(
        query: Node, layer: Int, heads: Heads, scale: Float
    ) throws(GraphError) -> Node {
        try checkQuery(query, heads)
        return append(
            .memoryAttention(query: query, layer: layer, heads, scale: scale),
            Shape(extent: .tokens, columns: heads.queries * heads.valueDimension))
    }

    /// The weights of some heads of attentions to the memory: `[tokens, wanted.count * capacity]`, of which each head has
    /// as many columns as the memory holds positions.
    package mutating func memoryWeights(
        _ wanted: [MemoryHead], heads: Heads, scale: Float, capacity: Int
    ) throws(GraphError) -> Node {
        for one in wanted {
            try checkQuery(one.query, heads)
            guard (0..<heads.queries).contains(one.head) else {
                throw .shapes(
                    operation: "the weights of attention", expected: "a head below \(heads.queries)",
                    found: "\(one.head)")
            }
        }
        let (columns, overflow) = wanted.count.multipliedReportingOverflow(by: capacity)
        guard !overflow, columns > 0 else {
            throw .shapes(
                operation: "the weights of attention", expected: "some heads", found: "\(wanted.count)")
        }
        return append(
            .memoryWeights(wanted, heads, scale: scale, capacity: capacity), Shape(extent: .tokens, columns: columns))
    }

    private func checkQuery(_ query: Node, _ heads: Heads) throws(GraphError) {
        guard heads.keyValues > 0, heads.queries > 0, heads.queries % heads.keyValues == 0 else {
            throw .heads(queries: heads.queries, keyValues: heads.keyValues)
        }
        let shape = shape(of: query)
        guard shape.extent == .tokens, shape.columns == heads.queries * heads.keyDimension else {
            throw .shapes(
                operation: "attention's query", expected: "\(heads.queries * heads.keyDimension) columns",
                found: "\(shape.columns)")
        }
    }
}
