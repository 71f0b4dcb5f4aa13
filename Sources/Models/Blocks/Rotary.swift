internal import Graph
internal import Tensors

/// A family's rotary embedding, as the metadata gives it.
struct RotaryParameters: Sendable {
    let rotated: Int
    let base: Float
    let factor: Float
    let pairing: RoPEPairing

    /// Reads `rope.dimension_count`, the base under `baseKey` and linear scaling.
    ///
    /// - Parameter isScaled: false: scaling is of other layers.
    /// - Throws: ``ModelError/unsupported(_:path:)`` for another kind of scaling, by name.
    init(
        _ h: Hyperparameters, headDimension: Int, pairing: RoPEPairing, baseKey: String = "rope.freq_base",
        defaultBase: Float = 10_000, isScaled: Bool = true
    ) throws(ModelError) {
        self.pairing = pairing
        rotated = try h.positive("rope.dimension_count", default: headDimension)
        guard rotated % 2 == 0, rotated <= headDimension else {
            throw h.wrong("rope.dimension_count", "\(rotated)", "an even number up to \(headDimension)")
        }
        base = try h.float(baseKey, default: defaultBase)
        guard base > 0 else { throw h.wrong(baseKey, "\(base)", "more than 0") }
        guard isScaled else {
            factor = 1
            return
        }
        let scaling = try h.string("rope.scaling.type", default: "linear")
        guard scaling == "linear" || scaling == "none" else {
            throw h.unsupported("rope scaling of the kind '\(scaling)'")
        }
        // Old files have the key without `scaling`; 0 stands for no scaling.
        let legacy = try h.float("rope.scale_linear", default: 0)
        let given = try h.float("rope.scaling.factor", default: legacy)
        guard given >= 0 else { throw h.wrong("rope.scaling.factor", "\(given)", "0 or more") }
        factor = scaling == "none" || given == 0 ? 1 : given
    }
}

/// The rope table of a step's positions, shared by all layers, and the pairing it is for.
struct Rotation {
    let table: Node
    let pairing: RoPEPairing
}

extension GraphBuilder {
    /// Once a graph, with `rope_freqs.weight` where the file has it.
    mutating func rotation(_ rope: RotaryParameters, _ w: TensorScope) throws(ModelError) -> Rotation {
        let factors = try w.optionalVector("rope_freqs.weight", count: rope.rotated / 2)
        let table = try checked(w) { g throws(GraphError) in
            try g.ropeTable(
                RoPE(
                    rotated: rope.rotated, base: Double(rope.base), factor: Double(rope.factor),
                    frequencyFactors: factors, pairing: rope.pairing))
        }
        return Rotation(table: table, pairing: rope.pairing)
    }

    /// Rotates the heads of `x`: its shape.
    mutating func rope(
        _ x: Node, _ rotation: Rotation, headDimension: Int, _ w: TensorScope
    ) throws(ModelError) -> Node {
        try checked(w) { g throws(GraphError) in
            try g.rope(x, table: rotation.table, headDimension: headDimension, pairing: rotation.pairing)
        }
    }
}
