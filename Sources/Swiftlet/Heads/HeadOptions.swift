/// How a ``Classifier``, a ``Reranker`` or a ``MaskFiller`` runs.
public struct HeadOptions: RuntimeConfigurable, Sendable {
    /// Threads, instruction set, cache.
    public var runtime = RuntimeOptions()
    /// Max tokens of a text or a pair, the special ones counted in; nil: the model's context.
    public var maxTokens: Int?
    /// Handling of texts with more tokens than that. Of a pair, the longer text is truncated until both are of one
    /// length, then both.
    public var overflow = EmbedderOptions.Overflow.error
    /// Whether an encoder's special tokens that a text spells (`[SEP]`, `<mask>`) become these tokens, as in transformers.
    /// Off: they are text, but for the mask that a ``MaskFiller`` fills in. To a decoder they always are.
    public var parsesSpecial = true
    /// Max tokens that are computed together, by all threads or, where texts are many, by each. A longer text is computed
    /// alone.
    public var batchTokens = 512

    /// The defaults.
    public init() {}
}
