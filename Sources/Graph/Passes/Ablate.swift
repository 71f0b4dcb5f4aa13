/// What a trace takes out of a model, to see what it was for.
package struct Ablation: Hashable, Sendable {
    package let layer: Int
    /// A head of the layer's self-attention; nil: all that the layer adds to the stream.
    package let head: Int?

    package init(layer: Int, head: Int?) {
        self.layer = layer
        self.head = head
    }
}

extension Graph {
    /// The graph without some heads and layers: a head's columns are zero in front of the output projection, and so is what a
    /// layer adds to the residual stream.
    ///
    /// - Throws: ``GraphError/ablation(_:)`` for a layer or a head that is not there.
    package func ablating(_ ablations: [Ablation]) throws(GraphError) -> Graph {
        guard !ablations.isEmpty else { return self }
        let layers = layers
        var graph = self
        for ablation in ablations {
            guard layers.indices.contains(ablation.layer) else {
                throw .ablation("there is no layer \(ablation.layer): the model has \(layers.count)")
            }
            let layer = layers[ablation.layer]
            guard let head = ablation.head else {
                guard !layer.terms.isEmpty else {
                    throw .ablation("layer \(ablation.layer) adds nothing to a residual stream")
                }
                graph.leaveOut(Set(layer.terms.map(\.node)))
                continue
            }
            guard let attention = layer.attentions.first, !attention.isCross else {
                throw .ablation("layer \(ablation.layer) has no self-attention")
            }
            guard (0..<attention.heads.queries).contains(head) else {
                throw .ablation(
                    "there is no head \(head) in layer \(ablation.layer): it has \(attention.heads.queries)")
            }
            graph.zero(head, of: attention)
        }
        return graph
    }

    private mutating func zero(_ head: Int, of attention: Operation.Attention) {
        let size = attention.heads.valueDimension
        let place = operations.firstIndex { operation in
            operation.writes(self).contains(attention.out)
        }
        guard let place else { return }
        // The last writer of the value: the attention, or the head that was zeroed before.
        let whole = addValue(shape(of: attention.out))
        switch operations[place] {
        case .attention(var own):
            own.out = whole
            operations[place] = .attention(own)
        case .zeroColumns(let own):
            operations[place] = .zeroColumns(
                Operation.ZeroColumns(x: own.x, firstColumn: own.firstColumn, count: own.count, out: whole))
        default: return
        }
        operations.insert(
            .zeroColumns(
                Operation.ZeroColumns(x: whole, firstColumn: head * size, count: size, out: attention.out)),
            at: place + 1)
    }

    /// Some terms of sums become zeros; the sums stay, so that the layers are found as before.
    private mutating func leaveOut(_ removed: Set<Node>) {
        var changed: [Operation] = []
        func zeros(_ node: Node) -> Node {
            guard removed.contains(node) else { return node }
            let out = addValue(shape(of: node))
            let columns = shape(of: node).columns
            changed.append(.zeroColumns(Operation.ZeroColumns(x: node, firstColumn: 0, count: columns, out: out)))
            return out
        }
        for operation in operations {
            guard case .add(let add) = operation, removed.contains(add.a) || removed.contains(add.b) else {
                changed.append(operation)
                continue
            }
            let (a, b) = (zeros(add.a), zeros(add.b))
            changed.append(.add(Operation.Add(a: a, b: b, out: add.out)))
        }
        operations = changed
    }
}
