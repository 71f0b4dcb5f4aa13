internal import GGUF

extension ModelQuantizer {
    /// That the importance matrix is of this model, and has what the types need.
    func checkImportance() throws(ImportanceError) {
        guard let importance else {
            if let tensor = plan.first(where: needsImportance) {
                throw .needed(tensor: tensor.source.name, type: tensor.type.name, model: file.path)
            }
            return
        }
        var fits = false
        for tensor in plan {
            let source = tensor.source
            guard let entry = importance.matrix.entries[source.name] else {
                if needsImportance(tensor) {
                    throw .missing(tensor: source.name, type: tensor.type.name, path: importance.path)
                }
                continue
            }
            let expected = source.columns * source.matrixCount
            guard entry.sums.count == expected else {
                throw .width(
                    name: source.name, found: entry.sums.count, expected: expected, path: importance.path,
                    model: file.path)
            }
            fits = true
        }
        guard fits else { throw .otherModel(path: importance.path, model: file.path) }
    }

    /// Whether errors in all columns of such a type would be too large, as llama.cpp has it. Embeddings are looked up, and get
    /// by without.
    private func needsImportance(_ tensor: Tensor) -> Bool {
        guard !tensor.isCopied, !["token_embd.weight", "output.weight"].contains(tensor.source.name) else {
            return false
        }
        return switch tensor.type {
        case .IQ1_S, .IQ1_M, .IQ2_XXS, .IQ2_XS, .IQ2_S, .IQ3_XXS: true
        case .Q2_K: type == .q2_k_s
        default: false
        }
    }
}

extension TensorInfo {
    /// Matrices of a weight: experts or heads.
    var matrixCount: Int { dimensions.count > 2 ? dimensions[2...].reduce(1, *) : 1 }
}
