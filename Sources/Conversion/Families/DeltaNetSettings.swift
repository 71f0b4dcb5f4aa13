internal import JSON

/// A decoder whose layers are gated delta nets or gated attention, as `config.json` has it, and where its tensors are.
struct DeltaNetSettings: Sendable {
    let decoder: Decoder
    /// Columns of a head that rotate.
    private let rotated: Int
    /// Of each layer, whether it is a delta net.
    private let isLinear: [Bool]
    private let keyHeads: Int
    private let valueHeads: Int
    private let keyDimension: Int
    private let valueDimension: Int
    private let convolutionWidth: Int
    /// Whether value heads are written in turn, and gates have matrices of their own.
    private let isTiled: Bool

    private var keySize: Int { keyHeads * keyDimension }
    private var valueSize: Int { valueHeads * valueDimension }

    /// - Parameters:
    ///   - feedForwardKey: the setting with the columns between the products of a feed-forward.
    ///   - isTied: where the configuration does not say.
    init(
        _ c: Configuration, className: String, isTiled: Bool, feedForwardKey: String = "intermediate_size",
        isTied: Bool = false
    ) throws(ConversionError) {
        var traits = DecoderTraits(headNorms: .each, norms: .beforeAsStored)
        traits.normOffset = 1
        traits.headDimension = 256
        traits.feedForwardKey = feedForwardKey
        traits.isTied = isTied
        let parameters = try c.object("rope_parameters", "rope_scaling")
        let rope = try RotarySettings(c, parameters, defaultShare: 0.25)
        decoder = try Decoder(c, className: className, traits, rope: rope)
        try decoder.requirePlainRope(c, orPartial: true)
        rotated = try rope.rotated(of: decoder.headDimension, c)
        isLinear = try Self.linearLayers(c, count: decoder.layers)
        keyHeads = try c.size("linear_num_key_heads", default: 16)
        valueHeads = try c.size("linear_num_value_heads", default: 32)
        keyDimension = try c.size("linear_key_head_dim", default: 128)
        valueDimension = try c.size("linear_value_head_dim", default: 128)
        convolutionWidth = try c.size("linear_conv_kernel_dim", default: 4)
        self.isTiled = isTiled
        guard valueHeads % keyHeads == 0 else {
            throw c.wrong("linear_num_value_heads", "a multiple of the \(keyHeads) key heads")
        }
        for (heads, dimension) in [(keyHeads, keyDimension), (valueHeads, valueDimension)] {
            guard heads <= Int(Int32.max) / 4 / dimension else {
                throw c.wrong("linear_num_value_heads", "heads whose columns are a size")
            }
        }
    }

    private static func linearLayers(_ c: Configuration, count: Int) throws(ConversionError) -> [Bool] {
        guard let kinds = c.find(["layer_types"])?.value.items else {
            let interval = try c.size("full_attention_interval", default: 4)
            return (0..<count).map { ($0 + 1) % interval != 0 }
        }
        guard kinds.count == count,
            kinds.allSatisfy({ ["linear_attention", "full_attention"].contains($0.string) })
        else { throw c.wrong("layer_types", "linear_attention or full_attention for each of \(count) layers") }
        return kinds.map { $0.string == "linear_attention" }
    }

    /// The period whose last layer attends; nil: there is none.
    private var interval: Int? {
        let first = isLinear.firstIndex(of: false).map { $0 + 1 } ?? isLinear.count + 1
        return isLinear.indices.allSatisfy { isLinear[$0] == (($0 + 1) % first != 0) } ? first : nil
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("rope.dimension_count", size: rotated)
        keys.set("ssm.conv_kernel", size: convolutionWidth)
        keys.set("ssm.state_size", size: keyDimension)
        keys.set("ssm.group_count", size: keyHeads)
        keys.set("ssm.time_step_rank", size: valueHeads)
        keys.set("ssm.inner_size", size: valueSize)
        if let interval {
            keys.set("full_attention_interval", size: interval)
        } else {
            keys.set("attention.recurrent_layers", isLinear)
        }
    }

    /// Names every tensor.
    ///
    /// - Parameter experts: of every layer; nil: each layer has a feed-forward.
    func map(_ t: inout TensorMap, experts: ExpertSettings? = nil) throws(ConversionError) {
        let (vocabulary, hiddenSize) = (decoder.vocabularySize, decoder.hiddenSize)
        try t.add("token_embd.weight", from: "embed_tokens.weight", [vocabulary, hiddenSize])
        for layer in 0..<decoder.layers {
            let from = "layers.\(layer)."
            let to = "blk.\(layer)."
            try norm(&t, to + "attn_norm", from: from + "input_layernorm", hiddenSize)
            try norm(&t, to + "post_attention_norm", from: from + "post_attention_layernorm", hiddenSize)
            if isLinear[layer] {
                try mapDeltaNet(&t, from + "linear_attn.", to)
            } else {
                try mapAttention(&t, from + "self_attn.", to)
            }
            if let experts {
                try experts.map(&t, from: from, to: to, hiddenSize: hiddenSize)
            } else {
                let size = decoder.feedForwardSize
                for (name, rows, columns) in [
                    ("gate", size, hiddenSize), ("up", size, hiddenSize), ("down", hiddenSize, size),
                ] {
                    try t.linear(to + "ffn_" + name, from: "\(from)mlp.\(name)_proj", rows: rows, columns: columns)
                }
            }
        }
        try norm(&t, "output_norm", from: "norm", hiddenSize)
        if decoder.isTied {
            t.leaveOut { $0 == "lm_head.weight" }
        } else {
            try t.add("output.weight", from: "lm_head.weight", [vocabulary, hiddenSize])
        }
        // Layers for drafts, and the part that sees.
        t.leaveOut { name in ["mtp.", "visual.", "model.visual."].contains { name.hasPrefix($0) } }
    }

    /// A norm that is stored as its distance from 1.
    private func norm(
        _ t: inout TensorMap, _ name: String, from source: String, _ size: Int
    ) throws(ConversionError) {
        try t.add(name + ".weight", from: source + ".weight", [size], change: .plus(1))
    }

    /// Behind each head's query stands its gate.
    private func mapAttention(_ t: inout TensorMap, _ from: String, _ to: String) throws(ConversionError) {
        let (query, keyValue) = (decoder.heads * decoder.headDimension, decoder.keyValueHeads * decoder.headDimension)
        for (name, rows) in [("q", 2 * query), ("k", keyValue), ("v", keyValue)] {
            try t.linear("\(to)attn_\(name)", from: "\(from)\(name)_proj", rows: rows, columns: decoder.hiddenSize)
        }
        try t.linear(to + "attn_output", from: from + "o_proj", rows: decoder.hiddenSize, columns: query)
        for name in ["q_norm", "k_norm"] { try norm(&t, to + "attn_" + name, from: from + name, decoder.headDimension) }
    }

    private func mapDeltaNet(_ t: inout TensorMap, _ from: String, _ to: String) throws(ConversionError) {
        let hiddenSize = decoder.hiddenSize
        let order = isTiled ? RowOrder.tiledHeads(TiledHeads(keyHeads: keyHeads, valueHeads: valueHeads)) : .stored
        let behindKeys =
            isTiled
            ? RowOrder.tiledHeads(TiledHeads(keyHeads: keyHeads, valueHeads: valueHeads, first: 2 * keySize)) : .stored
        let channels = 2 * keySize + valueSize
        if isTiled {
            try t.linear(
                to + "attn_qkv", from: from + "in_proj_qkv", rows: channels, columns: hiddenSize, order: behindKeys)
            try t.linear(
                to + "attn_gate", from: from + "in_proj_z", rows: valueSize, columns: hiddenSize, order: order)
            for (name, source) in [("alpha", "a"), ("beta", "b")] {
                try t.linear(
                    "\(to)ssm_\(name)", from: "\(from)in_proj_\(source)", rows: valueHeads, columns: hiddenSize,
                    order: order)
            }
        } else {
            for (name, isGate) in [("attn_qkv", false), ("attn_gate", true)] {
                let parts = KeyHeadParts(
                    keyHeads: keyHeads, keyDimension: keyDimension, valueRows: valueSize / keyHeads, isGate: isGate)
                try t.add(
                    "\(to)\(name).weight", from: from + "in_proj_qkvz.weight",
                    [2 * keySize + 2 * valueSize, hiddenSize], order: .keyHeadParts(parts))
            }
            try t.linear(to + "ssm_ba", from: from + "in_proj_ba", rows: 2 * valueHeads, columns: hiddenSize)
        }
        try t.add(
            to + "ssm_conv1d.weight", from: from + "conv1d.weight", [channels, 1, convolutionWidth],
            as: [channels, convolutionWidth], order: behindKeys)
        try t.add(to + "ssm_dt.bias", from: from + "dt_bias", [valueHeads], order: order)
        try t.add(to + "ssm_a", from: from + "A_log", [valueHeads], order: order, change: .negatedExponential)
        try t.add(to + "ssm_norm.weight", from: from + "norm.weight", [valueDimension])
        try t.add(
            to + "ssm_out.weight", from: from + "out_proj.weight", [hiddenSize, valueSize],
            order: isTiled ? .tiledColumns(TiledHeads(keyHeads: keyHeads, valueHeads: valueHeads)) : .stored)
    }
}
