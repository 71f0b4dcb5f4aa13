/// Which layers have linear attention; the others attend to the whole text.
struct LinearLayers: Sendable {
    /// Nil: by the interval.
    private let flags: [Bool]?
    /// The last layer of each interval attends to the whole text.
    private let interval: Int

    /// Reads `attention.recurrent_layers`, a flag for each layer, or `full_attention_interval`.
    init(_ h: Hyperparameters) throws(ModelError) {
        flags = try h.flags("attention.recurrent_layers", layers: h.positive("block_count"))
        interval = try h.positive("full_attention_interval", default: 4)
    }

    func contains(_ layer: Int) -> Bool { flags?[layer] ?? ((layer + 1) % interval != 0) }
}
