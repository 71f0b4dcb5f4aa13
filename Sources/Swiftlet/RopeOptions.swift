internal import Models

/// Another rotary position embedding (arXiv:2104.09864) than a model's file asks for, for longer contexts than the model was
/// made for.
///
/// Layers with a base of their own, as those with a window have in Gemma 3 and ModernBERT, keep it, and are not scaled;
/// so are factors of single frequencies that a file has as a tensor (Llama 3.1's).
public struct RopeOptions: Sendable, Equatable {
    /// How positions beyond the context that the model was trained with are told.
    public enum Scaling: String, Sendable, CaseIterable {
        /// As those before.
        case none
        /// Positions are divided by the scale (arXiv:2306.15595).
        case linear
        /// Slow frequencies are divided by the scale, fast ones stay (arXiv:2309.00071).
        case yarn
        /// The base grows with the length, once that is beyond the original one, as in Hugging Face's transformers: tokens
        /// that are taken in together turn by the length behind the last of them. What a session holds already keeps the
        /// rotation that it was taken in with.
        case dynamic
    }

    /// Nil: the file's; ``Scaling/linear`` where that has none and a ``scale`` is given.
    public var scaling: Scaling?
    /// The context by the one that the model was trained with at first, 1 or more; nil: the file's. It makes the model's
    /// context as long.
    public var scale: Double?
    /// The base of the frequencies, more than 1; nil: the file's.
    public var base: Double?
    /// The context that the model was trained with at first; nil: the file's. For ``Scaling/yarn`` and ``Scaling/dynamic``.
    public var originalContextLength: Int?

    /// All as the file has it.
    public init() {}

    /// - Throws: ``SwiftletError`` with the code `invalidArgument`.
    var overrides: RopeOverrides {
        get throws(SwiftletError) {
            if let scale, !(scale >= 1 && scale <= 1e6) {
                throw SwiftletError(.invalidArgument, "a rope scale of \(scale) is not possible: use 1 to 1000000")
            }
            if let base, !(base > 1 && base <= 1e12) {
                throw SwiftletError(
                    .invalidArgument, "a rope base of \(base) is not possible: use more than 1, up to 1e12")
            }
            if let length = originalContextLength, !(1..<Int(Int32.max)).contains(length) {
                throw SwiftletError(
                    .invalidArgument, "an original context of \(length) tokens is not possible: use 1 or more")
            }
            var overrides = RopeOverrides()
            overrides.scaling = scaling.flatMap { RopeOverrides.Scaling(rawValue: $0.rawValue) }
            (overrides.scale, overrides.base, overrides.originalLength) = (scale, base, originalContextLength)
            return overrides
        }
    }

    /// For identities; empty where nothing is asked for.
    var text: String {
        self == RopeOptions()
            ? ""
            : "\(scaling?.rawValue ?? "") \(scale ?? 0) \(base ?? 0) \(originalContextLength ?? 0)"
    }
}
