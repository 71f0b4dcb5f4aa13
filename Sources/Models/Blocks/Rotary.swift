internal import Graph
internal import Tensors

/// A family's rotary embedding, as the metadata gives it.
struct RotaryParameters: Sendable {
    let rotated: Int
    let base: Float
    /// By all positions alike; the factors of ``LongRope`` are tensors.
    var scaling: RopeScaling
    let pairing: RoPEPairing
    /// Where the file has long and short factors: the context that the short ones are for, and what multiplies both tables.
    let long: (originalLength: Int, attentionFactor: Float)
    /// Whether another scaling is asked for than the file's.
    private(set) var isRescaled = false

    /// Reads how many columns rotate under `countKey`, the base under `baseKey`, and the scaling.
    ///
    /// - Parameters:
    ///   - isScaled: false: scaling is of other layers.
    ///   - readsYaRN: whether the ends of YaRN's ramp and the part of its magnitude that is divided out are keys; other
    ///     families' files may have them, too, and mean the usual ones.
    /// - Throws: ``ModelError/unsupported(_:path:)`` for another kind of scaling, by name.
    init(
        _ h: Hyperparameters, headDimension: Int, pairing: RoPEPairing, countKey: String = "rope.dimension_count",
        baseKey: String = "rope.freq_base", defaultBase: Float = 10_000, isScaled: Bool = true, readsYaRN: Bool = false
    ) throws(ModelError) {
        self.pairing = pairing
        rotated = try h.positive(countKey, default: headDimension)
        guard rotated % 2 == 0, rotated <= headDimension else {
            throw h.wrong(countKey, "\(rotated)", "an even number up to \(headDimension)")
        }
        let given = try h.float(baseKey, default: defaultBase)
        guard given > 0 else { throw h.wrong(baseKey, "\(given)", "more than 0") }
        base = baseKey == "rope.freq_base" ? h.rope.base.map { Float($0) } ?? given : given
        let originalLength = try h.positive(
            "rope.scaling.original_context_length", default: h.positive("context_length"))
        let attentionFactor = try h.scale("rope.scaling.attn_factor")
        long = (originalLength, attentionFactor)
        guard isScaled else {
            scaling = .linear(factor: 1)
            return
        }
        isRescaled = h.rope.changesScaling
        scaling = h.rope.scaling(
            insteadOf: try Self.scaling(h, originalLength, attentionFactor, readsYaRN: readsYaRN),
            originalLength: originalLength)
    }

    /// The file's.
    private static func scaling(
        _ h: Hyperparameters, _ originalLength: Int, _ attentionFactor: Float, readsYaRN: Bool
    ) throws(ModelError) -> RopeScaling {
        // Old files have the key without `scaling`; 0 stands for no scaling.
        let legacy = try h.float("rope.scale_linear", default: 0)
        let given = try h.float("rope.scaling.factor", default: legacy)
        guard given >= 0 else { throw h.wrong("rope.scaling.factor", "\(given)", "0 or more") }
        let factor = given == 0 ? 1 : Double(given)
        switch try h.string("rope.scaling.type", default: "linear") {
        case "none", "longrope": return .linear(factor: 1)
        case "linear": return .linear(factor: factor)
        case "dynamic": return .dynamicNTK(factor: factor, originalLength: originalLength)
        case "yarn":
            var yarn = YaRN(factor: factor, originalLength: originalLength)
            yarn.attentionFactor = Double(attentionFactor)
            if readsYaRN { try Self.readYaRN(h, &yarn) }
            return .yarn(yarn)
        case let kind: throw h.unsupported("rope scaling of the kind '\(kind)'")
        }
    }
}

extension RotaryParameters {
    private static func readYaRN(_ h: Hyperparameters, _ yarn: inout YaRN) throws(ModelError) {
        func number(_ key: String, default fallback: Double, isPositive: Bool) throws(ModelError) -> Double {
            let value = Double(try h.float(key, default: Float(fallback)))
            guard isPositive ? value > 0 : value >= 0 else {
                throw h.wrong(key, "\(value)", isPositive ? "more than 0" : "0 or more")
            }
            return value
        }
        yarn.betaFast = try number("rope.scaling.yarn_beta_fast", default: yarn.betaFast, isPositive: true)
        yarn.betaSlow = try number("rope.scaling.yarn_beta_slow", default: yarn.betaSlow, isPositive: true)
        yarn.mscaleAllDimensions = try number("rope.scaling.yarn_log_multiplier", default: 0, isPositive: false)
    }
}

/// The rope table of a step's positions, shared by all layers, and the pairing it is for.
struct Rotation {
    let table: Node
    let pairing: RoPEPairing
}

extension GraphBuilder {
    /// Once a graph, with `rope_freqs.weight`, or `rope_factors_long.weight` and `rope_factors_short.weight`, where the file
    /// has them. Long factors are for sessions whose context is longer than the original one, from their first token on.
    ///
    /// - Parameter hasFactors: false: `rope_freqs` is of other layers.
    mutating func rotation(
        _ rope: RotaryParameters, _ w: TensorScope, hasFactors: Bool = true
    ) throws(ModelError) -> Rotation {
        let pairs = rope.rotated / 2
        let factors = hasFactors ? try w.optionalVector("rope_freqs.weight", count: pairs) : nil
        var scaling = rope.scaling
        if let long = try w.optionalVector("rope_factors_long.weight", count: pairs) {
            guard !rope.isRescaled else {
                throw w.refusal("the model's long and short factors are its rope scaling: no other can be asked for")
            }
            scaling = .longrope(
                LongRope(
                    short: try w.vector("rope_factors_short.weight", count: pairs), long: long,
                    originalLength: rope.long.originalLength, attentionFactor: Double(rope.long.attentionFactor),
                    choice: .context))
        }
        let table = try checked(w) { g throws(GraphError) in
            try g.ropeTable(
                RoPE(
                    rotated: rope.rotated, base: Double(rope.base), scaling: scaling, frequencyFactors: factors,
                    pairing: rope.pairing))
        }
        return Rotation(table: table, pairing: rope.pairing)
    }

    /// Rotates the heads of `x`, each from `firstColumn` on: its shape.
    mutating func rope(
        _ x: Node, _ rotation: Rotation, headDimension: Int, firstColumn: Int = 0, _ w: TensorScope
    ) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in
            try g.rope(
                x, table: rotation.table, headDimension: headDimension, firstColumn: firstColumn,
                pairing: rotation.pairing)
        }
    }
}
