internal import JSON

/// A state space whose channels decay by heads, as `config.json` has it, and where its tensors are.
struct HeadStateSpaceSettings: Sendable {
    let heads: Int
    let innerSize: Int
    let stateSize: Int
    /// Heads of a group share B and C.
    let groups: Int
    let convolutionWidth: Int

    /// - Parameter headSize: channels of a head.
    /// - Throws: ``ConversionError`` for heads that groups do not divide, and for bounded steps.
    init(
        heads: Int, headSize: Int, stateSize: Int, groups: Int, convolutionWidth: Int, _ c: Configuration
    ) throws(ConversionError) {
        guard headSize <= Int(Int32.max) / heads else { throw c.unsupported("\(heads) heads of \(headSize) channels") }
        guard heads % groups == 0 else { throw c.unsupported("\(groups) groups of \(heads) heads of a state space") }
        (self.heads, innerSize, self.stateSize) = (heads, heads * headSize, stateSize)
        (self.groups, self.convolutionWidth) = (groups, convolutionWidth)
        guard Int(Int32.max) / stateSize / 4 >= max(innerSize, groups) else {
            throw c.unsupported("a state of \(innerSize) x \(stateSize) numbers")
        }
        if let limit = c.value["time_step_limit"]?.items { try Self.check(limit, c) }
    }

    /// The settings of hybrids, which begin with `mamba_`.
    init(hybrid c: Configuration, hiddenSize: Int) throws(ConversionError) {
        let heads = try c.size("mamba_n_heads", default: 128)
        let expanded = try c.size("mamba_expand", default: 2).multipliedReportingOverflow(by: hiddenSize)
        guard !expanded.overflow else { throw c.wrong("mamba_expand", "a factor of the hidden size") }
        let innerSize = try c.size("mamba_d_ssm", default: min(expanded.partialValue, Int(Int32.max)))
        let isAuto = c.value["mamba_d_head"]?.string == "auto"
        let headSize =
            isAuto ? max(1, innerSize / heads) : try c.size("mamba_d_head", default: max(1, innerSize / heads))
        try self.init(
            heads: heads, headSize: headSize, stateSize: c.size("mamba_d_state", default: 256),
            groups: c.size("mamba_n_groups", default: 1), convolutionWidth: c.size("mamba_d_conv", default: 4), c)
        guard self.innerSize == innerSize else {
            throw c.wrong("mamba_d_head", "\(innerSize) channels by \(heads) heads")
        }
        guard try !c.bool("mamba_proj_bias", default: false) else { throw c.unsupported("mamba_proj_bias: true") }
        let activation = try c.string("hidden_act", default: "silu")
        guard activation == "silu" else { throw c.unsupported("the activation \(activation.visible)") }
    }

    /// Steps may be any: from 0 to infinity.
    private static func check(_ limit: [JSONValue], _ c: Configuration) throws(ConversionError) {
        let last = limit.last
        let isUnlimited =
            last?.text == "Infinity" || last?.string == "inf" || last?["__float__"]?.string == "Infinity"
        guard limit.count == 2, limit[0].double == 0, isUnlimited else {
            throw c.unsupported("a time_step_limit other than 0 to infinity")
        }
    }

    private var convolvedSize: Int { innerSize + 2 * groups * stateSize }
    private var projectedSize: Int { innerSize + convolvedSize + heads }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("ssm.conv_kernel", size: convolutionWidth)
        keys.set("ssm.inner_size", size: innerSize)
        keys.set("ssm.state_size", size: stateSize)
        keys.set("ssm.time_step_rank", size: heads)
        keys.set("ssm.group_count", size: groups)
    }

    /// Names the tensors of a layer, whose stored names begin with `from`.
    func map(_ t: inout TensorMap, from: String, to: String, hiddenSize: Int) throws(ConversionError) {
        try t.add(to + "ssm_in.weight", from: from + "in_proj.weight", [projectedSize, hiddenSize])
        try t.add(
            to + "ssm_conv1d.weight", from: from + "conv1d.weight", [convolvedSize, 1, convolutionWidth],
            as: [convolvedSize, convolutionWidth])
        if t.has(from + "conv1d.bias") {
            try t.add(to + "ssm_conv1d.bias", from: from + "conv1d.bias", [convolvedSize])
        }
        try t.add(to + "ssm_dt.bias", from: from + "dt_bias", [heads])
        try t.add(to + "ssm_a", from: from + "A_log", [heads], as: [heads, 1], change: .negatedExponential)
        try t.add(to + "ssm_d", from: from + "D", [heads], as: [heads, 1])
        if t.has(from + "norm.weight") {
            try t.add(
                to + "ssm_norm.weight", from: from + "norm.weight", [innerSize], as: [groups, innerSize / groups])
        }
        try t.linear(to + "ssm_out", from: from + "out_proj", rows: hiddenSize, columns: innerSize)
    }

    /// What each row of `ssm_in` is multiplied by.
    ///
    /// - Parameter factors: of gate, channels, B, C and steps.
    func projectionFactors(_ factors: [Float]) -> [Float] {
        let sizes = [innerSize, innerSize, groups * stateSize, groups * stateSize, heads]
        return zip(sizes, factors).flatMap { size, factor in [Float](repeating: factor, count: size) }
    }
}
