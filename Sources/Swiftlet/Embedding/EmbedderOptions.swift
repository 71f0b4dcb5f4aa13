/// How an ``Embedder`` makes vectors.
public struct EmbedderOptions: RuntimeConfigurable, Sendable {
    /// How the vectors of a text's tokens become the text's.
    public enum Pooling: String, Sendable, CaseIterable {
        /// Their mean.
        case mean
        /// The first token's, which encoders are trained to sum a text up in.
        case cls
        /// The last token's, the one that has seen the whole text in a decoder.
        case last
        /// The greatest of each element.
        case max
        /// They stay as they are: a row for each token.
        case none
    }

    /// Handling of texts with more tokens than the model takes.
    public enum Overflow: String, Sendable, CaseIterable {
        /// It is an error that says which text and by how much.
        case error
        /// Its end is dropped, and the result says so.
        case truncate
    }

    /// Threads, instruction set, cache.
    public var runtime = RuntimeOptions()
    /// Nil: as the sidecar or the file says, else ``Pooling/mean`` for encoders and ``Pooling/last`` for decoders.
    public var pooling: Pooling?
    /// Whether vectors are scaled to the length 1, so that their product is their cosine.
    public var normalize = true
    /// Keeps only the first elements of a vector, before it is scaled, for models trained so (Matryoshka,
    /// arXiv:2205.13147).
    public var dimensions: Int?
    /// Max tokens of a text, the special ones counted in; nil: what the sidecar says, else the model's context.
    public var maxTokens: Int?
    /// Handling of texts with more tokens than that.
    public var overflow = Overflow.error
    /// Stands before texts that are asked for as a ``TextRole/query``; nil: what the sidecar or the file says, if anything.
    public var queryPrefix: String?
    /// Stands before texts that are asked for as a ``TextRole/passage``; nil: what the sidecar or the file says, if
    /// anything.
    public var passagePrefix: String?
    /// Whether an encoder's special tokens that a text spells (`[SEP]`, `<mask>`) become these tokens, as in
    /// sentence-transformers. Off: they are text. To a decoder they always are.
    public var parsesSpecial = true
    /// A directory in the layout of sentence-transformers, beside or apart from the model: its settings hold where these
    /// options say nothing. Nil: none.
    public var sidecar: String?
    /// Max tokens that are computed together, by all threads or, where texts are many, by each. A longer text is computed
    /// alone.
    public var batchTokens = 512

    /// The defaults.
    public init() {}
}

/// The role of a text: some models are trained with a prefix for each.
public enum TextRole: String, Sendable, CaseIterable {
    /// A text by itself, without a prefix.
    case plain
    /// A query.
    case query
    /// A text that is searched.
    case passage
}
