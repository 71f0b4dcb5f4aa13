extension Operation {
    /// The rows that the caller asked for, or means of some.
    package struct SelectRows: ResultPayload {
        package let x: Node
        package let out: Node

        package var name: String { "select rows" }
        package var inputs: [Node] { [x] }
    }

    /// Rows that the caller fills in before a step.
    package struct Input: ResultPayload {
        package let out: Node

        package var name: String { "input" }
        package var inputs: [Node] { [] }
    }

    /// Each row beside its neighbours, as a convolution of this width reads them: element `channel * width + i` of row t is
    /// that channel's of row `t * stride + i - width / 2` of `x`, zero beyond the first and last row.
    package struct Im2col: ResultPayload {
        package let x: Node
        package let width: Int
        package let stride: Int
        package let out: Node

        package var name: String { "im2col" }
        package var inputs: [Node] { [x] }

        package func text(_ graph: Graph) -> String { "im2col \(graph.text(inputs)), width \(width), stride \(stride)" }
    }
}

extension GraphBuilder {
    /// The rows of `x` that the caller asked for: `[outputs, columns]`.
    package mutating func selectRows(_ x: Node) throws(GraphError) -> Node {
        guard shape(of: x).domain == .tokens else {
            throw .shapes(operation: "select rows", expected: "a row for every token", found: "one for every output")
        }
        return append(Shape(domain: .outputs, columns: shape(of: x).columns)) { out in
            .selectRows(Operation.SelectRows(x: x, out: out))
        }
    }

    /// Rows that the caller fills in before a step: `[domain, columns]`.
    package mutating func input(_ domain: RowDomain, columns: Int) -> Node {
        append(Shape(domain: domain, columns: columns)) { .input(Operation.Input(out: $0)) }
    }

    /// The rows of `x` as a convolution of odd `width` reads them: `[domain, columns * width]`. A stride of 2 turns frames
    /// into tokens.
    package mutating func im2col(_ x: Node, width: Int, stride: Int) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard width % 2 == 1, stride == 1 || (stride == 2 && shape.domain == .frames) else {
            throw .shapes(
                operation: "im2col", expected: "an odd width and a stride of 1, or of 2 over frames",
                found: "a width of \(width) and a stride of \(stride)")
        }
        let (columns, overflow) = shape.columns.multipliedReportingOverflow(by: width)
        guard !overflow else {
            throw .shapes(operation: "im2col", expected: "a size", found: "\(shape.columns) times \(width) columns")
        }
        return append(Shape(domain: stride == 1 ? shape.domain : .tokens, columns: columns)) { out in
            .im2col(Operation.Im2col(x: x, width: width, stride: stride, out: out))
        }
    }
}
