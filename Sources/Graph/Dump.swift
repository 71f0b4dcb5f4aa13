package import Tensors

extension Graph {
    /// The operations, a line each: the values written, the operation, its inputs and weights.
    package var description: String {
        var lines = ["graph: \(operations.count) operations"]
        for operation in operations {
            let written = operation.writes(self).map { "\($0) [\(shape(of: $0).domain), \(shape(of: $0).columns)]" }
            lines.append("  " + pad(written.joined(separator: ", "), 26) + operation.payload.text(self))
        }
        lines.append("  result: \(text([output]))")
        return lines.joined(separator: "\n")
    }

    /// Nodes by number; a slice as columns of the whole value.
    package func text(_ nodes: [Node]) -> String {
        nodes.map { node in
            guard let slice = values[node.index].slice else { return "\(node)" }
            return "\(slice.whole)[\(slice.firstColumn)..<\(slice.firstColumn + shape(of: node).columns)]"
        }.joined(separator: ", ")
    }

    package func name(of weights: WeightMatrix) -> String { names[weights.address] ?? "weights" }

    package func name(of vector: WeightVector) -> String { names[vector.address] ?? "weights" }
}

extension Program {
    /// The operations, a line each, with the place of every value written: `node@offset` in bytes for each row.
    package var description: String {
        let bytes = zip(RowDomain.allCases, arenaRowBytes).map { "\($1) bytes for each of \($0)" }
        var lines = [
            "program: \(operations.count) operations; arena: \(bytes.joined(separator: ", ")); "
                + "cache: \(states.count) layers"
        ]
        for (index, operation) in operations.enumerated() {
            let written = operation.writes(graph).map(place).joined(separator: ", ")
            lines.append(
                "  " + pad("\(index)", 5) + (written.isEmpty ? "" : written + " = ") + operation.payload.text(graph))
        }
        lines.append("  result: \(place(output))")
        return lines.joined(separator: "\n")
    }

    private func place(_ node: Node) -> String {
        let buffer = buffers[node.index]
        let column = buffer.firstColumn == 0 ? "" : "+\(buffer.firstColumn)"
        let domain = buffer.domain == .tokens ? "" : "\(buffer.domain) "
        return "\(node)@\(domain)\(buffer.offset)\(column)" + (buffer.storage == .float32 ? "" : " \(buffer.storage)")
    }
}

extension Node: CustomStringConvertible {
    package var description: String { "n\(index)" }
}

private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}
