/// What a model computed on the way to its result: attention weights, hidden states, chosen experts.
///
/// ```swift
/// let model = try Model(path: "model.gguf")
/// let trace = try model.trace(model.tokenize("The cat sat on the mat."))
/// let weights = trace.main.attentions[3].weights(head: 5)  // [rows, columns]
/// ```
public struct Trace: Sendable {
    /// The encoder of an encoder-decoder; nil for other models.
    public let encoder: StageTrace?
    /// The decoder, or the only stage that there is.
    public let main: StageTrace
    /// What the model went without.
    public let ablations: [AblatedPart]

    /// The stages, the encoder first.
    public var stages: [StageTrace] { (encoder.map { [$0] } ?? []) + [main] }
}

/// What one transformer of a model computed.
public struct StageTrace: Sendable {
    /// Its input; empty where that is sound.
    public let tokens: [Token]
    /// Positions: the number of tokens, or of the sound's.
    public let count: Int
    /// Elements of a hidden state: of a model whose layers hand on several streams, as Gemma 3n's do, of all, the one that layers
    /// compute first.
    public let hiddenSize: Int
    /// Layers.
    public let layerCount: Int
    /// Self-attention and cross-attention of the layers whose weights were kept, in order.
    public let attentions: [AttentionTrace]
    /// The experts of each layer that chooses some.
    public let routings: [RoutingTrace]
    /// The last token's logits, of a stage that predicts tokens.
    public let logits: [Float]
    /// Whether it is a decoder.
    public let isDecoder: Bool
    /// `[layerCount + 1, count, hiddenSize]`
    let states: [Float]
    /// What layers add to the stream at one position.
    let sums: PositionSums

    /// The residual stream behind `layers` layers: 0 is what the first layer reads, ``layerCount`` what the last one gives,
    /// before the norm behind it. `[count, hiddenSize]`, row by row.
    ///
    /// - Precondition: `layers` is from 0 to ``layerCount``.
    public func hiddenStates(after layers: Int) -> ArraySlice<Float> {
        precondition((0...layerCount).contains(layers), "the stage has \(layerCount) layers")
        let size = count * hiddenSize
        return states[layers * size..<(layers + 1) * size]
    }
}

/// The weights of one attention.
public struct AttentionTrace: Sendable {
    /// What it attends to.
    public enum Kind: String, Sendable {
        /// Positions of its own sequence.
        case own = "self"
        /// Positions of the encoder.
        case cross
    }

    /// Self-attention or cross-attention.
    public let kind: Kind
    /// From 0 on.
    public let layer: Int
    /// The heads whose weights were kept, from 0 on.
    public let heads: [Int]
    /// Heads of the layer, and those of its keys.
    public let headCount: Int
    /// Heads of its keys and values.
    public let keyValueHeadCount: Int
    /// Positions that attend.
    public let rows: Int
    /// Positions that are attended to.
    public let columns: Int
    /// Whether no position attends to those behind it.
    public let isCausal: Bool
    /// Whether rows sum to less than 1: some of the weight is on a sink, which is no position.
    public let hasSinks: Bool
    /// `[heads.count, rows, columns]`
    public let weights: [Float]

    /// The weights of the head that is the `index`th of ``heads``: `[rows, columns]`, row by row.
    ///
    /// - Precondition: `index` is one of those of ``heads``.
    public func weights(at index: Int) -> ArraySlice<Float> {
        weights[index * rows * columns..<(index + 1) * rows * columns]
    }

    /// A rollout as if it were a head.
    package static func rollout(_ values: [Float], count: Int) -> AttentionTrace {
        AttentionTrace(
            kind: .own, layer: 0, heads: [0], headCount: 1, keyValueHeadCount: 1, rows: count, columns: count,
            isCausal: false, hasSinks: false, weights: values)
    }

    /// The weights of a head, by its number in the layer: `[rows, columns]`, row by row; nil where they were not kept.
    public func weights(head: Int) -> ArraySlice<Float>? { heads.firstIndex(of: head).map { weights(at: $0) } }
}

/// The experts that the tokens of a layer went to.
public struct RoutingTrace: Sendable {
    /// From 0 on.
    public let layer: Int
    /// Experts that there are.
    public let expertCount: Int
    /// Experts of a token.
    public let used: Int
    /// `[count, used]`, the best first.
    public let experts: [Int]
    /// `[count, used]`: what their results are multiplied by.
    public let weights: [Float]
}

/// What the layers add to the residual stream at one position.
struct PositionSums: Sendable {
    struct Term: Sendable {
        let source: String
        /// `[hiddenSize]`
        let values: [Float]
        /// The attention's result before the output projection; empty where it is none.
        let attended: [Float]
    }

    struct Layer: Sendable {
        let terms: [Term]
        /// Whether what the layer gives is what it read plus the terms.
        let isSum: Bool
    }

    let position: Int
    let layers: [Layer]
}
