internal import Graph

/// Which layers attend to the last positions alone, and to how many (arXiv:2310.06825 §2).
struct SlidingWindows: Sendable {
    private enum Layers: Sendable {
        /// The last layer of each period sees the whole text, the others have a window; 0: all have one.
        case period(Int)
        /// Whether each layer has a window.
        case listed([Bool])
    }

    /// Positions that a layer with a window sees, its own included; nil: no layer has a window.
    private let length: Int?
    private let layers: Layers

    /// Reads `attention.sliding_window` and `attention.sliding_window_pattern`, a period or a flag for each layer.
    ///
    /// - Parameters:
    ///   - defaultLength: 0: no layer has a window.
    ///   - defaultPeriod: the period of files without a pattern.
    init(
        _ h: Hyperparameters, layers count: Int, defaultLength: Int = 0, defaultPeriod: Int
    ) throws(ModelError) {
        let length = try h.count("attention.sliding_window", default: defaultLength)
        self.length = length == 0 ? nil : length
        let key = "attention.sliding_window_pattern"
        layers =
            if let flags = try h.flags(key, layers: count) {
                .listed(flags)
            } else {
                .period(try h.count(key, default: defaultPeriod))
            }
    }

    /// Whether some layers have a window.
    var areUsed: Bool { length != nil }

    func isWindowed(_ layer: Int) -> Bool {
        guard length != nil else { return false }
        return switch layers {
        case .period(let period): period == 0 || layer % period < period - 1
        case .listed(let flags): flags[layer]
        }
    }

    /// For text that is seen as a whole: of a window, half lies on either side.
    func symmetricMask(_ layer: Int) -> AttentionMask {
        guard let length, isWindowed(layer) else { return .bidirectional }
        return .window(radius: length / 2)
    }

    func mask(_ layer: Int) -> AttentionMask {
        guard let length, isWindowed(layer) else { return .causal }
        return .sliding(length: length)
    }
}
