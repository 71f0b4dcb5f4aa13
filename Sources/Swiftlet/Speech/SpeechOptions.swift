/// How a ``SpeechSession`` runs.
public struct SpeechOptions: RuntimeConfigurable, Sendable {
    /// Threads, instruction set, cache.
    public var runtime = RuntimeOptions()
    /// Most hypotheses that are decoded side by side: 1 for greedy decoding, more for beam search.
    public var hypotheses = 1

    /// The defaults.
    public init() {}
}

/// A head of the decoder's attention to the sound.
public struct CrossAttentionHead: Sendable, Hashable {
    /// The decoder's layer, from zero.
    public var layer: Int
    /// The head, from zero.
    public var head: Int

    /// A head by its place.
    public init(layer: Int, head: Int) {
        self.layer = layer
        self.head = head
    }
}

/// How much some tokens attend to each position of the sound.
public struct CrossAttention: Sendable {
    /// How many heads, in the order that was asked for.
    public let headCount: Int
    /// How many tokens.
    public let tokenCount: Int
    /// How many positions of the sound, 20 ms each.
    public let positionCount: Int
    /// `[heads, tokens, positions]`; each row adds up to 1.
    public let weights: [Float]

    package init(headCount: Int, tokenCount: Int, positionCount: Int, weights: [Float]) {
        self.headCount = headCount
        self.tokenCount = tokenCount
        self.positionCount = positionCount
        self.weights = weights
    }
}
