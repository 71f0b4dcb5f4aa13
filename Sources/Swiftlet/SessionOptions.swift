/// How a session runs.
public struct SessionOptions: RuntimeConfigurable, Sendable {
    /// The element type of the key/value cache.
    public typealias CacheType = RuntimeOptions.CacheType

    /// Threads, instruction set, cache.
    public var runtime = RuntimeOptions()
    /// Tokens that the session can hold; nil: what the model was made for.
    public var contextLength: Int?
    /// Max tokens that are computed together; more make a prompt faster and cost memory.
    public var stepTokens = 512

    /// The defaults.
    public init() {}
}
