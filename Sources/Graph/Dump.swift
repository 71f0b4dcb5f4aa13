internal import Tensors

extension Graph {
    /// The nodes, a line each: what it computes, of which nodes, with which weights, in which shape.
    package var description: String {
        var lines = ["graph: \(operations.count) nodes"]
        for (index, operation) in operations.enumerated() {
            let shape = shapes[index]
            lines.append(
                "  " + pad("n\(index)", 6) + pad("[\(shape.extent), \(shape.columns)]", 20) + describe(operation)
                    + (index == output.index ? "   -> result" : ""))
        }
        return lines.joined(separator: "\n")
    }

    private func describe(_ operation: Operation) -> String {
        func n(_ node: Node) -> String { "n\(node.index)" }
        switch operation {
        case .lookUp(let table, let by): return "look up \(table.name) (\(table.matrix.format.name)) by \(by.rawValue)"
        case .norm(let x, let kind, let weight, _, let epsilon):
            return "\(kind == .rms ? "RMSNorm" : "LayerNorm") \(n(x)), \(weight.name), epsilon \(epsilon)"
        case .linear(let x, let weights, let bias):
            let bias = bias.map { " + \($0.name)" } ?? ""
            return "linear \(n(x)), \(weights.name) (\(weights.matrix.format.name))\(bias)"
        case .columns(let x, let range): return "columns \(range.lowerBound)..<\(range.upperBound) of \(n(x))"
        case .add(let a, let b): return "add \(n(a)), \(n(b))"
        case .multiply(let a, let b): return "multiply \(n(a)), \(n(b))"
        case .activate(let x, let activation): return "\(activation.rawValue) \(n(x))"
        case .angles(let rope):
            let factor = rope.factor == 1 ? "" : ", positions / \(rope.factor)"
            let factors = rope.frequencyFactors.map { ", \($0.name)" } ?? ""
            return "angles, base \(rope.base)\(factor)\(factors)"
        case .rotate(let x, let angles, let headDimension, let pairing):
            return "rotate \(n(x)) by \(n(angles)), heads of \(headDimension), \(pairing) pairs"
        case .attention(let query, let source, let heads, let mask, let scale):
            let place =
                if case .cached(let layer, _, _) = source { "cache of layer \(layer)" } else { "this step" }
            return "attention \(n(query)) to \(n(source.keys)), \(n(source.values)) in the \(place): "
                + "\(heads.queries) heads on \(heads.keyValues), \(mask), scale \(scale)"
        case .outputs(let x): return "outputs of \(n(x))"
        case .input: return "input"
        case .unfold(let x, let width, let stride): return "unfold \(n(x)), width \(width), stride \(stride)"
        case .remember(let keys, let values, let layer):
            return "remember \(n(keys)), \(n(values)) as layer \(layer)"
        case .memoryAttention(let query, let layer, let heads, let scale):
            return "attention \(n(query)) to layer \(layer) of the memory: \(heads.queries) heads, scale \(scale)"
        case .memoryWeights(let heads, _, _, _):
            return "weights of attention to the memory: "
                + heads.map { "\(n($0.query)), layer \($0.layer), head \($0.head)" }.joined(separator: "; ")
        }
    }
}

extension Program {
    /// The instructions, a line each, with the slot of every value: `name@offset` in bytes for each row.
    package var description: String {
        let bytes = zip(Extent.allCases, arenaRowBytes).map { "\($1) bytes for each of \($0)" }
        var lines = [
            "program: \(instructions.count) instructions; arena: \(bytes.joined(separator: ", ")); "
                + "cache: \(cacheLayers.count) layers"
        ]
        for (index, instruction) in instructions.enumerated() {
            let label = labels[index].isEmpty ? "" : "   \(labels[index])"
            lines.append("  " + pad("\(index)", 5) + describe(instruction) + label)
        }
        lines.append("  result: \(v(output))")
        return lines.joined(separator: "\n")
    }

    private func describe(_ instruction: Instruction) -> String {
        switch instruction {
        case .lookUp(_, let by, let out): return "\(v(out)) = look up by \(by.rawValue)"
        case .angles(_, let count, let out): return "\(v(out)) = angles of \(count) pairs"
        case .norm(let x, let kind, _, _, _, let out, let quantized):
            let outs = [out, quantized].compactMap { $0 }.map(v).joined(separator: ", ")
            return "\(outs) = \(kind == .rms ? "RMSNorm" : "LayerNorm") \(v(x))"
        case .quantize(let x, let out): return "\(v(out)) = quantize \(v(x))"
        case .product(let product): return describe(product, "product")
        case .gatedProduct(let product, let activation):
            return describe(product, "\(activation.rawValue)-gated product")
        case .rotate(let x, let angles, _, _, let out): return "\(v(out)) = rotate \(v(x)) by \(v(angles))"
        case .store(let keys, let values, _): return "cache += \(v(keys)), \(v(values))"
        case .attendCache(let query, _, let heads, let mask, _, let out):
            return "\(v(out)) = attention \(v(query)) to cache, \(heads.queries)/\(heads.keyValues) heads, \(mask)"
        case .attendStep(let query, let keys, let values, let heads, let mask, _, let out):
            return "\(v(out)) = attention \(v(query)) to \(v(keys)), \(v(values)), "
                + "\(heads.queries)/\(heads.keyValues) heads, \(mask)"
        case .add(let a, let b, let out): return "\(v(out)) = \(v(a)) + \(v(b))"
        case .multiply(let a, let b, let out): return "\(v(out)) = \(v(a)) * \(v(b))"
        case .activate(let x, let activation, let out): return "\(v(out)) = \(activation.rawValue) \(v(x))"
        case .outputs(let x, let out): return "\(v(out)) = outputs of \(v(x))"
        case .input(let out): return "\(v(out)) = input"
        case .unfold(let x, let width, let stride, let out):
            return "\(v(out)) = unfold \(v(x)), width \(width), stride \(stride)"
        case .attendMemory(let query, let layer, let heads, _, let out):
            return "\(v(out)) = attention \(v(query)) to layer \(layer) of the memory, \(heads.queries) heads"
        case .memoryWeights(let query, let layer, let head, _, _, let out, let column):
            return "\(v(out))+\(column) = weights of \(v(query)), layer \(layer), head \(head)"
        case .checkpoint: return "checkpoint"
        }
    }

    private func describe(_ product: Product, _ name: String) -> String {
        let terms = terms[product.firstTerm..<product.firstTerm + product.termCount]
        var seen: [Value] = []
        for term in terms where !seen.contains(term.out) { seen.append(term.out) }
        let input = [product.quantized, product.floats].compactMap { $0 }.map(v).joined(separator: ", ")
        let shapes = terms.map { term in
            "[\(term.weights.rows), \(term.weights.columns)] \(term.weights.format.name)"
                + (term.bias == nil ? "" : " + bias") + (term.activation.map { ", \($0.rawValue)" } ?? "")
                + (term.residual.map { " + \(v($0))" } ?? "")
        }
        return "\(seen.map(v).joined(separator: ", ")) = \(name) \(input) x \(shapes.joined(separator: ", "))"
    }

    private func v(_ value: Value) -> String {
        let slot = slots[value.index]
        let kind = slot.storage == .float32 ? "v" : "q"
        let column = slot.firstColumn == 0 ? "" : "+\(slot.firstColumn)"
        return
            "\(kind)\(value.index)@\(slot.extent == .tokens ? "" : slot.extent == .outputs ? "o" : "f")\(slot.offset)\(column)"
    }
}

private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}
