/// How a ``SpeechSession`` runs.
public struct SpeechOptions: Sendable {
    /// 0: as many as this process may use (affinity, cgroup quota, physical cores, `SWIFTLET_NUM_THREADS`).
    public var threads = 0
    /// Most hypotheses that are decoded side by side: 1 for greedy decoding, more for beam search.
    public var hypotheses = 1
    /// The element type of keys and values; nil: ``SessionOptions/CacheType/f32`` for a model whose weights are all float32,
    /// ``SessionOptions/CacheType/f16`` for any other.
    public var cacheType: SessionOptions.CacheType?
    /// Forces an instruction set (`scalar`, `avx2`, `avxvnni`, `avx512`, `neon`, `i8mm`); nil: what `SWIFTLET_ISA` says, or the
    /// fastest.
    public var instructionSet: String?

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
