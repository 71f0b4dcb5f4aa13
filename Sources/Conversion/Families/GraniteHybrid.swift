internal import JSON

/// Granite 4, most of whose layers have a state space; where none has, the files are those of ``Granite``. The rows of query and
/// key are written as neighbouring pairs.
///
/// Source: `GraniteMoeHybridForCausalLM` of `transformers`; llama.cpp's `conversion/granite.py`.
struct GraniteHybrid: DecoderFamily {
    static let classes = ["GraniteMoeHybridForCausalLM"]
    var architecture: String { isHybrid ? "granitehybrid" : mixture == nil ? "granite" : "granitemoe" }
    let decoder: Decoder
    /// Whether each layer attends.
    private let attends: [Bool]
    /// Nil: all layers attend.
    private let stateSpace: HeadStateSpaceSettings?
    private let constants: [(key: String, value: Double)]
    private let mixture: MixtureSettings?

    private var isHybrid: Bool { stateSpace != nil }
    var keyValueHeads: Int { attends.first == true ? decoder.keyValueHeads : 0 }
    var expertCount: Int { mixture?.count ?? 0 }

    init(_ c: Configuration, className: String, keepsHeads: Bool) throws(ConversionError) {
        var traits = DecoderTraits(pairsHalves: true)
        traits.rotates = try c.string("position_embedding_type", default: "nope") == "rope"
        var decoder = try Decoder(c, className: className, traits)
        try decoder.requirePlainRope(c)
        constants = try Granite.constants(c)
        attends = try Self.attends(c, layers: decoder.layers)
        stateSpace =
            attends.contains(false) ? try HeadStateSpaceSettings(hybrid: c, hiddenSize: decoder.hiddenSize) : nil
        let sharedSize = try c.index("shared_intermediate_size", default: 1_024)
        if try c.index("num_local_experts", default: 8) > 0 {
            mixture = try Granite.mixture(c, decoder)
        } else {
            mixture = nil
            guard sharedSize > 0 else { throw c.wrong("shared_intermediate_size", "more than 0 without experts") }
            decoder.feedForwardSize = sharedSize
        }
        self.decoder = decoder
    }

    private static func attends(_ c: Configuration, layers: Int) throws(ConversionError) -> [Bool] {
        guard let types = c.value["layer_types"]?.items ?? c.value["layers_block_type"]?.items else {
            return [Bool](repeating: false, count: layers)
        }
        guard types.count == layers else { throw c.wrong("layer_types", "a kind for each of \(layers) layers") }
        var attends: [Bool] = []
        for type in types {
            switch type.string {
            case "attention", "full_attention": attends.append(true)
            case "mamba", "linear_attention": attends.append(false)
            default: throw c.wrong("layer_types", "\"mamba\" or \"attention\"")
            }
        }
        return attends
    }

    func describe(_ keys: inout ArchitectureKeys) {
        decoder.describe(&keys)
        keys.set("vocab_size", size: decoder.vocabularySize)
        keys.set("rope.dimension_count", size: decoder.headDimension)
        keys.set("rope.scaling.finetuned", decoder.traits.rotates)
        if let stateSpace {
            keys.set(
                "attention.head_count_kv", attends.map { $0 ? UInt32(clamping: decoder.keyValueHeads) : 0 })
            stateSpace.describe(&keys)
        }
        for (key, value) in constants { keys.set(key, Float(value)) }
        mixture?.describe(&keys)
        mixture?.describeSharedSize(&keys)
    }

    func map(_ t: inout TensorMap) throws(ConversionError) {
        let size = decoder.hiddenSize
        try decoder.map(&t) { t, layer, from, to throws(ConversionError) in
            if attends[layer] {
                try decoder.mapAttention(&t, from, to)
            } else {
                try decoder.mapNorms(&t, from, to)
                try stateSpace?.map(&t, from: from + "mamba.", to: to, hiddenSize: size)
            }
            if let mixture {
                try mixture.map(&t, from: from, to: to, hiddenSize: size)
            } else {
                try mapFeedForward(&t, from: from + "shared_mlp.", to: to)
            }
        }
    }

    /// Gate and up are one matrix.
    private func mapFeedForward(_ t: inout TensorMap, from: String, to: String) throws(ConversionError) {
        let (size, hiddenSize) = (decoder.feedForwardSize, decoder.hiddenSize)
        for (name, first) in [("gate", 0), ("up", size)] {
            let part = MatrixPart(matrices: 1, rows: size, columns: hiddenSize, firstRow: first)
            try t.add(
                "\(to)ffn_\(name).weight", from: from + "input_linear.weight", [2 * size, hiddenSize],
                as: [size, hiddenSize], order: .matrices(part))
        }
        try t.add("\(to)ffn_down.weight", from: from + "output_linear.weight", [hiddenSize, size])
    }
}
