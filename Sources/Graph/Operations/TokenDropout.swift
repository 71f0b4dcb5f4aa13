extension Operation {
    /// `out[t] = x[t] * kept / (1 - masked / length)`, zero where the token is the mask; `masked` of its text's `length` tokens
    /// are.
    package struct TokenDropout: ResultPayload {
        package let x: Node
        package let mask: Int32
        package let kept: Float
        package let out: Node

        package var name: String { "token dropout" }
        package var inputs: [Node] { [x] }
        package var inPlace: Node? { x }

        package func text(_ graph: Graph) -> String {
            "\(name) \(graph.text(inputs)): token \(mask) is left out, the others make up for it to \(kept)"
        }
    }
}

extension GraphBuilder {
    /// Leaves out masks, and scales the other rows of each text to the share that training kept (ESM, `token_dropout`): the
    /// shape of `x`.
    ///
    /// - Parameters:
    ///   - x: `[tokens, columns]`, of whole texts.
    ///   - mask: the id of the token that is left out.
    ///   - kept: the share of tokens that were not left out in training.
    package mutating func tokenDropout(_ x: Node, mask: Int32, kept: Float) throws(GraphError) -> Node {
        let shape = shape(of: x)
        guard shape.domain == .tokens, kept > 0 else {
            throw .shapes(
                operation: "token dropout", expected: "a row for every token and a share above 0",
                found: "\(shape.domain) and \(kept)")
        }
        return append(shape) { out in
            .tokenDropout(Operation.TokenDropout(x: x, mask: mask, kept: kept, out: out))
        }
    }
}
