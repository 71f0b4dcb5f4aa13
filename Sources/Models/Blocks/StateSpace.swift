internal import Graph
internal import Tensors

/// The sizes of a selective state space (arXiv:2312.00752).
struct StateSpaceSizes: Sendable {
    /// Tokens that the convolution reads.
    let convolutionWidth: Int
    /// Channels.
    let innerSize: Int
    /// Numbers that a channel remembers.
    let stateSize: Int
    /// Columns that a token's step is computed from.
    let timeStepRank: Int

    init(_ h: Hyperparameters) throws(ModelError) {
        convolutionWidth = try h.positive("ssm.conv_kernel")
        innerSize = try h.positive("ssm.inner_size")
        stateSize = try h.positive("ssm.state_size")
        timeStepRank = try h.positive("ssm.time_step_rank")
    }
}

extension GraphBuilder {
    /// Mamba's block (arXiv:2312.00752 §3.4): `ssm_in` gives channels and a gate; the channels go through the convolution
    /// `ssm_conv1d` and SiLU; `ssm_x` gives a token's step (by `ssm_dt` and softplus), B and C for the scan with `ssm_a` and
    /// `ssm_d`; its result times SiLU of the gate goes through `ssm_out`: the shape of `x`.
    ///
    /// - Parameter parameterNorm: normalizes step, B and C, by `ssm_dt_norm`, `ssm_b_norm` and `ssm_c_norm` where the file has
    ///   them, else without weights; nil: none.
    mutating func stateSpace(
        _ x: Node, _ w: TensorScope, _ sizes: StateSpaceSizes, parameterNorm: Norm? = nil
    ) throws(ModelError) -> Node {
        let (inner, rank, state) = (sizes.innerSize, sizes.timeStepRank, sizes.stateSize)
        let projected = try linear(x, w, "ssm_in", size: 2 * inner)
        let kernel = try w.matrix("ssm_conv1d.weight", rows: inner, columns: sizes.convolutionWidth)
        let kernelBias = try w.optionalVector("ssm_conv1d.bias", count: inner)
        let convolved = try checked(w) { g throws(GraphError) in
            try g.activate(
                g.causalConvolution(g.slice(projected, 0..<inner), kernel, bias: kernelBias), .silu)
        }
        let parameters = try linear(convolved, w, "ssm_x", size: rank + 2 * state)  // [tokens, step | B | C]
        func parameter(
            _ first: Int, _ size: Int, _ name: String, _ g: inout GraphBuilder
        ) throws(ModelError) -> Node {
            let part = try g.checked(w) { g throws(GraphError) in try g.slice(parameters, first..<first + size) }
            guard let parameterNorm else { return part }
            guard w.has("\(name).weight") else { return try g.norm(part, parameterNorm, w) }
            return try g.norm(part, parameterNorm, w, name)
        }
        let step = try linear(parameter(0, rank, "ssm_dt_norm", &self), w, "ssm_dt", size: inner)
        let b = try parameter(rank, state, "ssm_b_norm", &self)
        let c = try parameter(rank + state, state, "ssm_c_norm", &self)
        let decay = try w.matrix("ssm_a", rows: inner, columns: state)
        let skip = try w.vector("ssm_d", count: inner)
        let gated = try checked(w) { g throws(GraphError) in
            let scanned = try g.selectiveScan(
                convolved, delta: g.activate(step, .softplus), a: decay, b: b, c: c, d: skip)
            return try g.multiply(g.activate(g.slice(projected, inner..<2 * inner), .silu), scanned)
        }
        return try linear(gated, w, "ssm_out", size: shape(of: x).columns)
    }
}
