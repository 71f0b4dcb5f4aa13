internal import Graph
internal import Tensors

/// A normalization's kind and epsilon.
struct Norm: Sendable {
    let kind: NormKind
    let epsilon: Float

    /// - Parameter key: nil: `attention.layer_norm_rms_epsilon` for `rms`, `attention.layer_norm_epsilon` for `layer`.
    init(
        _ kind: NormKind, _ h: Hyperparameters, epsilonKey key: String? = nil, defaultEpsilon: Float? = nil
    ) throws(ModelError) {
        self.kind = kind
        let key = key ?? (kind == .rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon")
        epsilon = try h.float(key, default: defaultEpsilon)
        guard epsilon >= 0 else { throw h.wrong(key, "\(epsilon)", "0 or more") }
    }
}

extension GraphBuilder {
    /// Runs `body`, which states nodes, and turns what is wrong with their shapes into the model's error.
    mutating func checked(
        _ w: TensorScope, _ body: (inout GraphBuilder) throws(GraphError) -> Node
    ) throws(ModelError) -> Node {
        do throws(GraphError) { return try body(&self) } catch { throw w.failure(error) }
    }

    mutating func add(_ a: Node, _ b: Node, _ w: TensorScope) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in try g.add(a, b) }
    }

    /// `NAME.weight`, and `NAME.bias` where the file has it: the shape of `x`.
    mutating func norm(_ x: Node, _ norm: Norm, _ w: TensorScope, _ name: String) throws(ModelError) -> Node {
        let columns = shape(of: x).columns
        let weight = try w.vector("\(name).weight", count: columns)
        let bias = try w.optionalVector("\(name).bias", count: columns)
        return try checked(w) { g throws(GraphError) in
            try g.norm(x, norm.kind, weight: weight, bias: bias, epsilon: norm.epsilon)
        }
    }

    /// The norm without weights: the shape of `x`.
    mutating func norm(_ x: Node, _ norm: Norm, _ w: TensorScope) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in try g.norm(x, norm.kind, epsilon: norm.epsilon) }
    }

    /// Normalizes each head of `x` by `NAME.weight`: the shape of `x`.
    mutating func headNorm(
        _ x: Node, _ norm: Norm, _ w: TensorScope, _ name: String, headDimension: Int
    ) throws(ModelError) -> Node {
        let weight = try w.vector("\(name).weight", count: headDimension)
        return try checked(w) { g throws(GraphError) in
            try g.normHeads(x, norm.kind, weight: weight, epsilon: norm.epsilon)
        }
    }

    /// Normalizes each head of `x` by its row of `NAME.weight`, `[heads, dimension]`: the shape of `x`.
    mutating func headNorm(
        _ x: Node, _ norm: Norm, _ w: TensorScope, _ name: String, heads: Int
    ) throws(ModelError) -> Node {
        let headDimension = shape(of: x).columns / heads
        let weight = try w.vector("\(name).weight", rows: heads, columns: headDimension)
        return try checked(w) { g throws(GraphError) in
            try g.normHeads(x, norm.kind, headDimension: headDimension, weight: weight, epsilon: norm.epsilon)
        }
    }

    /// `x . NAME.weightᵀ`, plus `NAME.bias` where the file has it: `[domain, size]`.
    mutating func linear(
        _ x: Node, _ w: TensorScope, _ name: String, size: Int?
    ) throws(ModelError) -> Node {
        try linear(x, w.linear(name, rows: size, columns: shape(of: x).columns), w)
    }

    mutating func linear(_ x: Node, _ linear: Linear, _ w: TensorScope) throws(ModelError) -> Node {
        let scaled = linear.scale.map { scale(x, by: $0) } ?? x
        return try checked(w) { g throws(GraphError) in
            try g.linear(scaled, linear.weights, bias: linear.bias, updates: linear.updates, of: x)
        }
    }

    /// Rows of `token_embd.weight`: `[tokens, hiddenSize]`.
    mutating func tokenEmbedding(_ w: TensorScope, hiddenSize: Int) throws(ModelError) -> Node {
        let rows = embedding(try w.matrix("token_embd.weight", rows: nil, columns: hiddenSize), by: .tokens)
        return try checked(w) { g throws(GraphError) in
            var sum = rows
            for update in w.embeddingUpdates {
                let added = try g.scaled(g.embedding(update.rows, by: .tokens), update.up, by: update.factor)
                sum = try g.add(sum, added)
            }
            return sum
        }
    }

    /// ``tokenEmbedding(_:hiddenSize:)`` times the root of the hidden size: `[tokens, hiddenSize]`.
    mutating func scaledTokenEmbedding(_ w: TensorScope, hiddenSize: Int) throws(ModelError) -> Node {
        scale(try tokenEmbedding(w, hiddenSize: hiddenSize), by: Float(hiddenSize).squareRoot())
    }

    /// Multiplies each column by its element of a vector: the shape of `x`.
    mutating func scaleColumns(_ x: Node, _ w: TensorScope, _ name: String) throws(ModelError) -> Node {
        let vector = try w.vector(name, count: shape(of: x).columns)
        return try checked(w) { g throws(GraphError) in try g.scaleColumns(x, by: vector) }
    }

    /// Bounds every element to `-cap...cap`, smoothly: the shape of `x`.
    ///
    /// - Parameter cap: nil: none.
    mutating func softcap(_ x: Node, _ cap: Float?, _ w: TensorScope) throws(ModelError) -> Node {
        guard let cap else { return x }
        return try checked(w) { g throws(GraphError) in try g.softcap(x, at: cap) }
    }

    /// ``tokenEmbedding(_:hiddenSize:)`` plus the row of `token_types.weight` for the token's segment, where the file has
    /// them: `[tokens, hiddenSize]`.
    mutating func segmentedEmbedding(_ w: TensorScope, hiddenSize: Int) throws(ModelError) -> Node {
        let tokens = try tokenEmbedding(w, hiddenSize: hiddenSize)
        guard w.has("token_types.weight") else { return tokens }
        return try add(
            tokens, embedding(w.matrix("token_types.weight", rows: nil, columns: hiddenSize), by: .segments), w)
    }

    /// The rows that the caller asks for: `[outputs, columns]`.
    mutating func selectRows(_ x: Node, _ w: TensorScope) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in try g.selectRows(x) }
    }
}
