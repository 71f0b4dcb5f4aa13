internal import Graph
internal import Tensors

/// AltUp (arXiv:2301.13310 §2): several streams of states. A layer computes the first and predicts the others.
struct AlternatingUpdates: Sendable {
    let streams: Int
    let hiddenSize: Int
    let norm: Norm

    /// Reads `altup.num_inputs`; the stream that layers compute, `altup.active_idx`, is the first.
    init(_ h: Hyperparameters, hiddenSize: Int, _ norm: Norm) throws(ModelError) {
        streams = try h.positive("altup.num_inputs", default: 4)
        self.hiddenSize = hiddenSize
        self.norm = norm
        guard (2...64).contains(streams), hiddenSize <= Hyperparameters.maxSize / streams else {
            throw h.wrong("altup.num_inputs", "\(streams)", "2 to 64 streams whose columns are a size")
        }
        let active = try h.count("altup.active_idx", default: 0)
        guard active == 0 else { throw h.unsupported("an altup.active_idx of \(active)") }
    }
}

extension GraphBuilder {
    /// The first of the streams.
    mutating func firstStream(_ x: Node, _ updates: AlternatingUpdates, _ w: TensorScope) throws(ModelError) -> Node {
        try stream(x, 0, updates, w)
    }

    /// An embedding, and `altup_proj` of it at its magnitude: `[tokens, streams * hiddenSize]`.
    mutating func openStreams(_ x: Node, _ updates: AlternatingUpdates, _ w: TensorScope) throws(ModelError) -> Node {
        let projections = try projections("altup_proj", updates, w)
        var all = x
        for projection in projections {
            let own = try linear(x, projection, w)
            let joined = all
            all = try checked(w) { g throws(GraphError) in
                let columns = g.shape(of: joined).columns
                return try g.joinHeads(
                    1, HeadColumns(joined, headDimension: columns, columns: 0..<columns),
                    HeadColumns(
                        g.matchMagnitude(own, to: x), headDimension: updates.hiddenSize, columns: 0..<updates.hiddenSize
                    ))
            }
        }
        return all
    }

    /// The mean of the first stream and `altup_unembd_proj` of the others at its magnitude: `[tokens, hiddenSize]`.
    mutating func closeStreams(_ x: Node, _ updates: AlternatingUpdates, _ w: TensorScope) throws(ModelError) -> Node {
        let first = try firstStream(x, updates, w)
        var sum = first
        for (index, projection) in try projections("altup_unembd_proj", updates, w).enumerated() {
            let own = try linear(stream(x, index + 1, updates, w), projection, w)
            let matched = try checked(w) { g throws(GraphError) in try g.matchMagnitude(own, to: first) }
            sum = try add(sum, matched, w)
        }
        return scale(sum, by: 1 / Float(updates.streams))
    }

    /// What the layer before it gives to expect of every stream: the shape of `x`.
    mutating func predictStreams(_ x: Node, _ updates: AlternatingUpdates, _ w: TensorScope) throws(ModelError) -> Node
    {
        let modalities = try modalities(firstStream(x, updates, w), updates, w)
        let weights = try linear(modalities, w, "altup_predict_coef", size: updates.streams * updates.streams)
        return try checked(w) { g throws(GraphError) in
            try g.mixStreams(x, x, weights: weights, size: updates.hiddenSize)
        }
    }

    /// Every stream moved by what the first came to be instead of its prediction: the shape of `predictions`.
    ///
    /// - Parameter computed: the first stream behind the layer.
    mutating func correctStreams(
        _ predictions: Node, _ computed: Node, _ updates: AlternatingUpdates, _ w: TensorScope
    ) throws(ModelError) -> Node {
        let weights = try linear(
            modalities(computed, updates, w), w, "altup_correct_coef", size: updates.streams)
        let predicted = scale(try firstStream(predictions, updates, w), by: -1)
        let innovation = try add(computed, predicted, w)
        return try checked(w) { g throws(GraphError) in
            try g.mixStreams(predictions, innovation, weights: weights, offset: 1, size: updates.hiddenSize)
        }
    }

    /// Adds `addend`, `[tokens, hiddenSize]`, to all streams but the first: the shape of `x`.
    mutating func addToOtherStreams(
        _ x: Node, _ addend: Node, _ updates: AlternatingUpdates, _ w: TensorScope
    ) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in
            try g.mixStreams(x, addend, offset: 1, size: updates.hiddenSize, first: 1)
        }
    }

    private mutating func stream(
        _ x: Node, _ index: Int, _ updates: AlternatingUpdates, _ w: TensorScope
    ) throws(ModelError) -> Node {
        let size = updates.hiddenSize
        return try checked(w) { g throws(GraphError) in try g.slice(x, index * size..<(index + 1) * size) }
    }

    /// `[tokens, streams]`
    private mutating func modalities(
        _ x: Node, _ updates: AlternatingUpdates, _ w: TensorScope
    ) throws(ModelError) -> Node {
        let normed = scale(
            try norm(x, updates.norm, w, "altup_router_norm"), by: 1 / Float(updates.hiddenSize))
        return activate(try linear(normed, w, "altup_router", size: updates.streams), .tanh)
    }

    /// A square matrix for each stream but the first.
    private func projections(
        _ name: String, _ updates: AlternatingUpdates, _ w: TensorScope
    ) throws(ModelError) -> [Linear] {
        let (count, size) = (updates.streams - 1, updates.hiddenSize)
        let all = Linear(
            weights: try w.expertMatrix("\(name).weight", experts: count, rows: size, columns: size), bias: nil)
        return (0..<count).map { all.rows($0 * size..<($0 + 1) * size) }
    }
}
