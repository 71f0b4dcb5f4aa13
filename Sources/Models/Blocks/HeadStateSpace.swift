internal import Graph
internal import Tensors

/// The sizes of a selective state space whose channels decay by heads (arXiv:2405.21060 §7).
struct HeadStateSpaceSizes: Sendable {
    /// Tokens that the convolution reads.
    let convolutionWidth: Int
    /// Channels of all heads.
    let innerSize: Int
    /// Numbers that a channel remembers.
    let stateSize: Int
    let heads: Int
    /// Heads of a group share B and C.
    let groups: Int
    /// Whether the result is normalized before it is multiplied by the gate, where it is normalized.
    let normsBeforeGate: Bool

    init(_ h: Hyperparameters) throws(ModelError) {
        convolutionWidth = try h.positive("ssm.conv_kernel")
        innerSize = try h.positive("ssm.inner_size")
        stateSize = try h.positive("ssm.state_size")
        heads = try h.positive("ssm.time_step_rank")
        groups = try h.positive("ssm.group_count")
        normsBeforeGate = try h.bool("ssm.norm_before_gate", default: false)
        guard innerSize % heads == 0 else {
            throw h.wrong("ssm.time_step_rank", "\(heads)", "a divisor of the \(innerSize) channels")
        }
        guard heads % groups == 0 else {
            throw h.wrong("ssm.group_count", "\(groups)", "a divisor of the \(heads) heads")
        }
        guard stateSize <= Hyperparameters.maxSize / innerSize else {
            throw h.wrong("ssm.state_size", "\(stateSize)", "at most \(Hyperparameters.maxSize / innerSize)")
        }
    }

    /// Columns of B, and of C.
    var groupedSize: Int { groups * stateSize }
    /// Columns that the convolution passes: channels, B and C.
    var convolvedSize: Int { innerSize + 2 * groupedSize }
}

extension GraphBuilder {
    /// Mamba-2's block (arXiv:2405.21060 §7.1): `ssm_in` gives a gate, channels with B and C, and a step for each head; the
    /// second go through the convolution `ssm_conv1d` and SiLU, steps get `ssm_dt.bias` and softplus; then the scan with
    /// `ssm_a` and `ssm_d`; its result times SiLU of the gate, each group normalized by its row of `ssm_norm` where the file
    /// has it, goes through `ssm_out`: the shape of `x`.
    mutating func headStateSpace(
        _ x: Node, _ w: TensorScope, _ sizes: HeadStateSpaceSizes, _ norm: Norm
    ) throws(ModelError) -> Node {
        let (inner, grouped, convolved) = (sizes.innerSize, sizes.groupedSize, sizes.convolvedSize)
        let hiddenSize = shape(of: x).columns
        let input = try w.linear("ssm_in", rows: inner + convolved + sizes.heads, columns: hiddenSize)
        guard input.bias == nil else { throw w.unsupported("a bias of \(w.name("ssm_in"))") }
        let gate = try linear(x, input.rows(0..<inner), w)
        let channels = try linear(x, input.rows(inner..<inner + convolved), w)
        var stepWeights = input.rows(inner + convolved..<inner + convolved + sizes.heads)
        stepWeights.bias = try w.vector("ssm_dt.bias", count: sizes.heads)
        let steps = try linear(x, stepWeights, w)
        let kernel = try w.matrix("ssm_conv1d.weight", rows: convolved, columns: sizes.convolutionWidth)
        let kernelBias = try w.optionalVector("ssm_conv1d.bias", count: convolved)
        let decay = try w.vector("ssm_a", rows: sizes.heads, columns: 1)
        let skip = try w.vector("ssm_d", rows: sizes.heads, columns: 1)
        let scanned = try checked(w) { g throws(GraphError) in
            let xbc = try g.activate(g.causalConvolution(channels, kernel, bias: kernelBias), .silu)
            return try g.headScan(
                g.slice(xbc, 0..<inner), delta: g.activate(steps, .softplus), a: decay,
                b: g.slice(xbc, inner..<inner + grouped), c: g.slice(xbc, inner + grouped..<convolved), d: skip,
                groups: sizes.groups)
        }
        return try linear(gated(scanned, by: gate, w, sizes, norm), w, "ssm_out", size: hiddenSize)
    }

    /// `x * silu(gate)`, normalized before or after that.
    private mutating func gated(
        _ x: Node, by gate: Node, _ w: TensorScope, _ sizes: HeadStateSpaceSizes, _ norm: Norm
    ) throws(ModelError) -> Node {
        func normed(_ x: Node, _ g: inout GraphBuilder) throws(ModelError) -> Node {
            w.has("ssm_norm.weight") ? try g.headNorm(x, norm, w, "ssm_norm", heads: sizes.groups) : x
        }
        let x = sizes.normsBeforeGate ? try normed(x, &self) : x
        let product = try checked(w) { g throws(GraphError) in try g.multiply(g.activate(gate, .silu), x) }
        return sizes.normsBeforeGate ? product : try normed(product, &self)
    }
}
