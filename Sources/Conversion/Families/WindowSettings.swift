internal import GGUF
internal import JSON

/// Layers with a window of attention, as `config.json` has them.
struct WindowSettings: Sendable {
    let length: Int
    /// Whether each layer has the window.
    let flags: [Bool]
    /// The last layer of each period has none where files do not say.
    private let usualPeriod: Int

    /// - Parameter periodKey: of files without `layer_types`.
    init(
        _ c: Configuration, layers count: Int, periodKey: String, usualPeriod: Int, defaultLength: Int = 4_096
    ) throws(ConversionError) {
        length = try c.size("sliding_window", default: defaultLength)
        self.usualPeriod = usualPeriod
        if let types = c.find(["layer_types"])?.value.items {
            let kinds = ["sliding_attention": true, "full_attention": false]
            let flags = types.compactMap { type in type.string.flatMap { kinds[$0] } }
            guard flags.count == types.count, flags.count == count else {
                throw c.wrong("layer_types", "sliding_attention or full_attention for each of \(count) layers")
            }
            self.flags = flags
        } else {
            flags = Self.flags(count, period: try c.size(periodKey, default: usualPeriod))
        }
    }

    private static func flags(_ count: Int, period: Int) -> [Bool] { (0..<count).map { $0 % period < period - 1 } }

    func describe(_ keys: inout ArchitectureKeys) {
        keys.set("attention.sliding_window", size: length)
        guard flags != Self.flags(flags.count, period: usualPeriod) else { return }
        keys.set("attention.sliding_window_pattern", flags)
    }
}
