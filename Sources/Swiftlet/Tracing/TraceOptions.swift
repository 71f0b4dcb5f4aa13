internal import Graph
internal import Models

/// What a trace keeps, and what it leaves out of the model.
public struct TraceOptions: Sendable {
    /// How the model is run.
    public var runtime = RuntimeOptions()
    /// Layers whose attention weights are kept; nil: all.
    public var layers: Set<Int>?
    /// Heads whose attention weights are kept; nil: all.
    public var heads: Set<Int>?
    /// Heads and layers that the model goes without: those of the decoder where there is one.
    public var ablations: [AblatedPart] = []
    /// Whether attention weights are kept.
    public var keepsAttention = true
    /// The position whose sums are kept for ``Model/contributions(to:of:)``; nil: the last.
    public var position: Int?
    /// Max bytes of attention weights.
    public var maxAttentionBytes = 4 << 30

    /// Stops the run; nil: nothing does.
    package var cancellation: SessionCancellation?

    /// Keeps everything.
    public init() {}
}

/// A head or a layer that a trace leaves out.
public struct AblatedPart: Hashable, Sendable, CustomStringConvertible {
    /// From 0 on.
    public let layer: Int
    /// A head of the self-attention, from 0 on; nil: all that the layer adds to the residual stream.
    public let head: Int?

    /// A head, or with nil a layer.
    public init(layer: Int, head: Int? = nil) {
        self.layer = layer
        self.head = head
    }

    /// `L3H5` or `L4`; nil for any other text.
    public init?(_ text: String) {
        guard text.first == "L" || text.first == "l" else { return nil }
        let parts = text.dropFirst().split(whereSeparator: { $0 == "H" || $0 == "h" })
        guard (1...2).contains(parts.count), let layer = Int(parts[0]), layer >= 0 else { return nil }
        let marks = text.dropFirst().count(where: { $0 == "H" || $0 == "h" })
        guard marks == parts.count - 1 else { return nil }
        self.layer = layer
        if parts.count == 2 {
            guard let head = Int(parts[1]), head >= 0 else { return nil }
            self.head = head
        } else {
            head = nil
        }
    }

    /// `L3H5` or `L4`.
    public var description: String { "L\(layer)" + (head.map { "H\($0)" } ?? "") }

    var ablation: Ablation { Ablation(layer: layer, head: head) }
}
