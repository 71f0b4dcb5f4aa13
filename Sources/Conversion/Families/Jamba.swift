internal import JSON

/// Jamba.
///
/// Source: `JambaForCausalLM` of `transformers`; llama.cpp's `conversion/jamba.py`.
struct Jamba: DecoderFamily {
    static let classes = ["JambaForCausalLM"]
    let architecture = "jamba"
    let decoder: Decoder
    private let attention: (period: Int, offset: Int)
    private let expertLayers: (period: Int, offset: Int)
    private let mixture: MixtureSettings?
    private let innerSize: Int
    private let stateSize: Int
    private let convolutionWidth: Int
    private let timeStepRank: Int

    var keyValueHeads: Int { attends(0) ? decoder.keyValueHeads : 0 }
    var expertCount: Int { mixture?.count ?? 0 }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(contextLength: 262_144)
        traits.rotates = false
        traits.norms = .init([("attn_norm", "input_layernorm"), ("ffn_norm", "pre_ff_layernorm")])
        traits.names = ["norm": "final_layernorm"]
        for name in ["gate_proj", "up_proj", "down_proj"] { traits.names["mlp.\(name)"] = "feed_forward.\(name)" }
        decoder = try Decoder(c, className: className, traits)
        attention = (try c.size("attn_layer_period", default: 8), try c.index("attn_layer_offset", default: 4))
        expertLayers = (try c.size("expert_layer_period", default: 2), try c.index("expert_layer_offset", default: 1))
        mixture = try c.size("num_experts", default: 16) > 1 ? try Self.mixture(c, decoder) : nil
        let expanded = try c.size("mamba_expand", default: 2).multipliedReportingOverflow(by: decoder.hiddenSize)
        guard !expanded.overflow, expanded.partialValue <= Int(Int32.max) / 4 else {
            throw c.wrong("mamba_expand", "a factor of the hidden size")
        }
        innerSize = expanded.partialValue
        stateSize = try c.size("mamba_d_state", default: 16)
        convolutionWidth = try c.size("mamba_d_conv", default: 4)
        let isAuto = c.value["mamba_dt_rank"]?.string == "auto"
        let usual = (decoder.hiddenSize + 15) / 16
        timeStepRank = isAuto ? usual : try c.size("mamba_dt_rank", default: usual)
    }

    private static func mixture(_ c: Configuration, _ decoder: Decoder) throws(ConversionError) -> MixtureSettings {
        var mixture = try MixtureSettings(
            count: c.size("num_experts", default: 16), used: c.size("num_experts_per_tok", default: 2),
            size: decoder.feedForwardSize, c)
        mixture.part = "feed_forward."
        mixture.router = "router"
        return mixture
    }

    private func attends(_ layer: Int) -> Bool { layer % attention.period == attention.offset }

    private func hasExperts(_ layer: Int) -> Bool { layer % expertLayers.period == expertLayers.offset }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set(
            "attention.head_count_kv",
            (0..<decoder.layers).map { attends($0) ? UInt32(clamping: decoder.keyValueHeads) : 0 })
        keys.set("ssm.conv_kernel", size: convolutionWidth)
        keys.set("ssm.inner_size", size: innerSize)
        keys.set("ssm.state_size", size: stateSize)
        keys.set("ssm.time_step_rank", size: timeStepRank)
        mixture?.describe(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        try decoder.map(&t) { t, layer, from, to throws(ConversionError) in
            if attends(layer) {
                try decoder.mapAttention(&t, from, to)
            } else {
                try decoder.mapNorms(&t, from, to)
                try mapStateSpace(&t, from: from + "mamba.", to: to)
            }
            if let mixture, hasExperts(layer) {
                try mixture.map(&t, from: from, to: to, hiddenSize: decoder.hiddenSize)
            } else {
                try decoder.mapFeedForward(&t, from, to)
            }
        }
    }

    private func mapStateSpace(_ t: inout TensorMap, from: String, to: String) throws(ConversionError) {
        let size = decoder.hiddenSize
        try t.linear(to + "ssm_in", from: from + "in_proj", rows: 2 * innerSize, columns: size)
        try t.add(
            to + "ssm_conv1d.weight", from: from + "conv1d.weight", [innerSize, 1, convolutionWidth],
            as: [innerSize, convolutionWidth])
        if t.has(from + "conv1d.bias") {
            try t.add(to + "ssm_conv1d.bias", from: from + "conv1d.bias", [innerSize])
        }
        try t.linear(to + "ssm_x", from: from + "x_proj", rows: timeStepRank + 2 * stateSize, columns: innerSize)
        try t.linear(to + "ssm_dt", from: from + "dt_proj", rows: innerSize, columns: timeStepRank)
        try t.add(to + "ssm_a", from: from + "A_log", [innerSize, stateSize], change: .negatedExponential)
        try t.add(to + "ssm_d", from: from + "D", [innerSize])
        for (name, size) in [("dt", timeStepRank), ("b", stateSize), ("c", stateSize)] {
            try t.norm("\(to)ssm_\(name)_norm", from: "\(from)\(name)_layernorm", size: size, hasBias: false)
        }
        try t.linear(to + "ssm_out", from: from + "out_proj", rows: size, columns: innerSize)
    }
}
