internal import Graph
internal import Tensors

/// The sizes of a gated delta net (arXiv:2412.06464).
struct DeltaNetSizes: Sendable {
    /// Tokens that the convolution reads.
    let convolutionWidth: Int
    let keyHeads: Int
    /// A multiple of the key heads.
    let valueHeads: Int
    let keyDimension: Int
    let valueDimension: Int

    /// Reads `ssm.conv_kernel`, `ssm.state_size` (columns of a key), `ssm.group_count` (key heads), `ssm.time_step_rank` (value
    /// heads) and `ssm.inner_size` (columns of all values).
    init(_ h: Hyperparameters) throws(ModelError) {
        convolutionWidth = try h.positive("ssm.conv_kernel")
        keyDimension = try h.positive("ssm.state_size")
        keyHeads = try h.positive("ssm.group_count")
        valueHeads = try h.positive("ssm.time_step_rank")
        let inner = try h.positive("ssm.inner_size")
        guard valueHeads % keyHeads == 0 else {
            throw h.wrong("ssm.time_step_rank", "\(valueHeads)", "a multiple of the \(keyHeads) key heads")
        }
        guard inner % valueHeads == 0 else {
            throw h.wrong("ssm.inner_size", "\(inner)", "a multiple of the \(valueHeads) value heads")
        }
        guard keyDimension <= Hyperparameters.maxSize / keyHeads else {
            throw h.wrong("ssm.state_size", "\(keyDimension)", "heads whose columns are a size")
        }
        valueDimension = inner / valueHeads
    }

    var keySize: Int { keyHeads * keyDimension }
    var valueSize: Int { valueHeads * valueDimension }
}

extension GraphBuilder {
    /// A gated delta net (arXiv:2412.06464 §3.3). `attn_qkv` gives queries, keys and values, which go through the convolution
    /// `ssm_conv1d` and SiLU; a head's decay is `exp(ssm_a * softplus(alpha + ssm_dt))` and its rate `sigmoid(beta)`. The result
    /// is normalized head by head with `ssm_norm`, and times SiLU of `attn_gate` goes through `ssm_out`: the shape of `x`.
    ///
    /// - Parameters:
    ///   - gates: alpha and beta, `[tokens, valueHeads]`.
    ///   - order: which key head a value head reads.
    ///   - norm: of the result.
    mutating func gatedDeltaNet(
        _ x: Node, gates: (alpha: Node, beta: Node), _ w: TensorScope, _ sizes: DeltaNetSizes, _ order: ValueHeadOrder,
        _ norm: Norm
    ) throws(ModelError) -> Node {
        let (keySize, valueSize) = (sizes.keySize, sizes.valueSize)
        let projected = try linear(x, w, "attn_qkv", size: 2 * keySize + valueSize)
        let gate = try linear(x, w, "attn_gate", size: valueSize)
        let kernel = try w.matrix(
            "ssm_conv1d.weight", rows: 2 * keySize + valueSize, columns: sizes.convolutionWidth)
        let timeStep = try w.vector("ssm_dt.bias", count: sizes.valueHeads)
        let rates = try w.vector("ssm_a", count: sizes.valueHeads)
        let attended = try checked(w) { g throws(GraphError) in
            let convolved = try g.activate(g.causalConvolution(projected, kernel), .silu)
            // Heads of unit length, but for the root of their size, which the rule divides by.
            let dimension = Float(sizes.keyDimension)
            let unit = try g.normHeads(
                g.slice(convolved, 0..<2 * keySize), .rms, headDimension: sizes.keyDimension, epsilon: 1e-6 / dimension)
            let step = try g.activate(g.addColumns(gates.alpha, timeStep), .softplus)
            return try g.gatedDeltaRule(
                query: g.slice(unit, 0..<keySize), queryScale: 1 / dimension,
                key: g.slice(unit, keySize..<2 * keySize), keyScale: 1 / dimension.squareRoot(),
                value: g.slice(convolved, 2 * keySize..<2 * keySize + valueSize),
                decay: g.activate(g.scaleColumns(step, by: rates), .exponential),
                rate: g.activate(gates.beta, .sigmoid), keyHeads: sizes.keyHeads, order)
        }
        let normed = try headNorm(attended, norm, w, "ssm_norm", headDimension: sizes.valueDimension)
        let gated = try checked(w) { g throws(GraphError) in try g.multiply(g.activate(gate, .silu), normed) }
        return try linear(gated, w, "ssm_out", size: shape(of: x).columns)
    }

    /// ``gatedDeltaNet(_:gates:_:_:_:_:)`` with gates by `ssm_alpha` and `ssm_beta`, where value head `j` reads key head
    /// `j % keyHeads`: the shape of `x`.
    mutating func tiledDeltaNet(
        _ x: Node, _ w: TensorScope, _ sizes: DeltaNetSizes, _ norm: Norm
    ) throws(ModelError) -> Node {
        let alpha = try linear(x, w, "ssm_alpha", size: sizes.valueHeads)
        let beta = try linear(x, w, "ssm_beta", size: sizes.valueHeads)
        return try gatedDeltaNet(x, gates: (alpha, beta), w, sizes, .tiled, norm)
    }

    /// Causal attention whose queries' projection has a gate of each head behind it, by whose sigmoid the head's result is
    /// multiplied (arXiv:2505.06708 §3); queries and keys are normalized head by head. The shape of `x`.
    mutating func gatedAttention(
        _ x: Node, _ norm: Norm, _ rotation: Rotation, _ w: TensorScope, _ sizes: TransformerSizes, layer: Int
    ) throws(ModelError) -> Node {
        let (heads, dimension) = (sizes.heads, sizes.heads.keyDimension)
        let both = try linear(x, w, "attn_q", size: 2 * heads.queries * dimension)
        func part(_ columns: Range<Int>, _ g: inout GraphBuilder) throws(ModelError) -> Node {
            try g.checked(w) { g throws(GraphError) in
                try g.joinHeads(heads.queries, HeadColumns(both, headDimension: 2 * dimension, columns: columns))
            }
        }
        let gate = try part(dimension..<2 * dimension, &self)
        var qkv = QueryKeyValue(
            query: try part(0..<dimension, &self),
            key: try linear(x, w, "attn_k", size: heads.keyValues * dimension),
            value: try linear(x, w, "attn_v", size: heads.keyValues * heads.valueDimension))
        qkv.query = try headNorm(qkv.query, norm, w, "attn_q_norm", headDimension: dimension)
        qkv.key = try headNorm(qkv.key, norm, w, "attn_k_norm", headDimension: dimension)
        let rotated = try rope(qkv, rotation, w, heads)
        let gated = try checked(w) { g throws(GraphError) in
            let attended = try g.attention(
                rotated.query, .cache(layer: layer, append: rotated.keyValues), heads, mask: .causal,
                scale: 1 / Float(dimension).squareRoot())
            return try g.multiply(g.activate(gate, .sigmoid), attended)
        }
        return try linear(gated, w, "attn_output", size: sizes.hiddenSize)
    }
}
