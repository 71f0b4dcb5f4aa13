internal import Graph

/// What is asked of a model's rotary embedding instead of what its file says.
package struct RopeOverrides: Sendable, Equatable {
    package enum Scaling: String, Sendable, CaseIterable {
        case none, linear, yarn, dynamic
    }

    /// Nil: the file's; linear where that has none and a ``scale`` is given.
    package var scaling: Scaling?
    /// The context by the one trained with at first, from 1 on; nil: the file's.
    package var scale: Double?
    /// Of the layers that have the file's `rope.freq_base`; nil: the file's.
    package var base: Double?
    /// The context trained with at first; nil: the file's.
    package var originalLength: Int?

    package init() {}

    package var isEmpty: Bool { self == RopeOverrides() }

    var changesScaling: Bool { scaling != nil || scale != nil || originalLength != nil }

    /// The scaling of layers that the file scales as it does.
    func scaling(insteadOf own: RopeScaling, originalLength ownLength: Int) -> RopeScaling {
        guard changesScaling else { return own }
        let length = originalLength ?? ownLength
        let (ownKind, ownScale): (Scaling, Double) =
            switch own {
            case .linear(let factor): (factor == 1 ? .none : .linear, factor)
            case .yarn(let yarn): (.yarn, yarn.factor)
            case .dynamicNTK(let factor, _): (.dynamic, factor)
            case .longrope: (.none, 1)
            }
        let factor = scale ?? ownScale
        switch scaling ?? (ownKind == .none && scale != nil ? .linear : ownKind) {
        case .none: return .linear(factor: 1)
        case .linear: return .linear(factor: factor)
        case .dynamic: return .dynamicNTK(factor: factor, originalLength: length)
        case .yarn:
            var yarn = YaRN(factor: factor, originalLength: length)
            if case .yarn(let own) = own {
                yarn = own
                (yarn.factor, yarn.originalLength) = (factor, length)
            }
            return .yarn(yarn)
        }
    }

    /// Max positions of a sequence: as many more as the scale makes them, where one is given.
    func contextLength(insteadOf own: Int, _ h: Hyperparameters) throws(ModelError) -> Int {
        guard let scale, scaling != Scaling.none else { return own }
        let fileLength = try h.positive("rope.scaling.original_context_length", default: own)
        let trained = originalLength ?? fileLength
        let stretched = min(Double(trained) * scale, Double(Hyperparameters.maxSize - 1))
        return max(own, Int(stretched))
    }
}
