/// How a ``Classifier``, a ``Reranker`` or a ``MaskFiller`` runs.
public struct HeadOptions: Sendable {
    /// 0: as many as this process may use (affinity, cgroup quota, physical cores, `SWIFTLET_NUM_THREADS`).
    public var threads = 0
    /// Most tokens of a text or a pair, the special ones counted in; nil: the model's context.
    public var maxTokens: Int?
    /// What happens to a text of more tokens than that. Of a pair, the longer text is truncated until both are of one
    /// length, then both.
    public var overflow = EmbedderOptions.Overflow.error
    /// Whether an encoder's special tokens that a text spells (`[SEP]`, `<mask>`) become these tokens, as in transformers.
    /// Off: they are text, but for the mask that a ``MaskFiller`` fills in. To a decoder they always are.
    public var parsesSpecial = true
    /// Most tokens that are computed together, by all threads or, where texts are many, by each. A longer text is computed
    /// alone.
    public var batchTokens = 512
    /// Forces an instruction set (`scalar`, `avx2`, `avxvnni`, `avx512`, `neon`, `i8mm`); nil: what `SWIFTLET_ISA` says, or the
    /// fastest.
    public var instructionSet: String?

    /// The defaults.
    public init() {}
}
