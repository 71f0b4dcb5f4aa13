internal import Graph
internal import Tensors

/// The heads that turn the last state of the wanted rows, `[outputs, hidden]`, into a task's result.
extension GraphBuilder {
    /// Logits by `output`, or by the token embedding where the file ties them: `[outputs, vocabulary]`.
    mutating func nextTokenHead(_ x: Node, _ w: TensorScope) throws(ModelError) -> Node {
        let columns = shape(of: x).columns
        let name = w.has("output.weight") ? "output" : "token_embd"
        let vocabulary = try w.vocabularySize(columns: columns)
        return try linear(x, w.linear(name, rows: vocabulary, columns: columns, adapted: "output"), w)
    }

    /// BERT's prediction of masked tokens (arXiv:1810.04805 §3.1): `mlm.dense`, GELU, `mlm.norm`, then `output` or the token
    /// embedding, with `output.bias`: `[outputs, vocabulary]`.
    ///
    /// GGUF has no names for the first two. ModernBERT's files have them as `cls` and `cls.norm`.
    mutating func maskedTokenHead(_ x: Node, _ norm: Norm?, _ w: TensorScope) throws(ModelError) -> Node {
        let hiddenSize = shape(of: x).columns
        let names = w.maskedTokenHead ?? ("mlm.dense", "mlm.norm")
        let transformed = activate(try linear(x, w, names.dense, size: hiddenSize), .gelu)
        let normed = try headNorm(transformed, norm, w, names.norm)
        let vocabulary = try w.vocabularySize(columns: hiddenSize)
        let name = w.has("output.weight") ? "output" : "token_embd"
        return try linear(
            normed, w.linear(name, rows: vocabulary, columns: hiddenSize, bias: "output", adapted: "output"), w)
    }

    private mutating func headNorm(
        _ x: Node, _ norm: Norm?, _ w: TensorScope, _ name: String
    ) throws(ModelError) -> Node {
        guard let norm else { throw w.unsupported("the norm \(name) in a head of this architecture") }
        return try self.norm(x, norm, w, name)
    }

    /// The layers one after the other.
    mutating func dense(_ x: Node, _ layers: [DenseLayer], _ w: TensorScope) throws(ModelError) -> Node {
        var x = x
        for layer in layers {
            x = try checked(w) { g throws(GraphError) in try g.linear(x, layer.weights, bias: layer.bias) }
            if let activation = layer.activation { x = activate(x, activation) }
        }
        return x
    }

    /// `cls.output(norm(activation(cls(x))))`; a file may lack the first product, the norm, or both:
    /// `[outputs, classes]`. A file with `cls` alone has its classes there.
    mutating func classifierHead(
        _ x: Node, _ traits: ModelTraits, _ w: TensorScope
    ) throws(ModelError) -> Node {
        guard w.has("cls.output.weight") else { return try linear(x, w, "cls", size: nil) }
        guard w.has("cls.weight") else { return try linear(x, w, "cls.output", size: nil) }
        var x = activate(try linear(x, w, "cls", size: nil), traits.classifierActivation)
        if w.has("cls.norm.weight") { x = try headNorm(x, traits.headNorm, w, "cls.norm") }
        return try linear(x, w, "cls.output", size: nil)
    }
}

extension TensorScope {
    /// Rows of the token embedding.
    func vocabularySize(columns: Int) throws(ModelError) -> Int {
        try matrix("token_embd.weight", rows: nil, columns: columns).matrix.rows
    }

    /// The names of the transformation in front of a masked token's logits, where the file has it.
    var maskedTokenHead: (dense: String, norm: String)? {
        if has("mlm.dense.weight") { return ("mlm.dense", "mlm.norm") }
        return has("cls.weight") && has("cls.norm.weight") && !has("cls.output.weight") ? ("cls", "cls.norm") : nil
    }

    /// Whether the file has a classifier.
    var hasClassifier: Bool { has("cls.output.weight") || (has("cls.weight") && maskedTokenHead == nil) }
}
