/// How a session runs.
public struct SessionOptions: Sendable {
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

    /// See ``RuntimeOptions/threads``.
    public var threads: Int {
        get { runtime.threads }
        set { runtime.threads = newValue }
    }

    /// See ``RuntimeOptions/cacheType``.
    public var cacheType: CacheType? {
        get { runtime.cacheType }
        set { runtime.cacheType = newValue }
    }

    /// See ``RuntimeOptions/instructionSet``.
    public var instructionSet: String? {
        get { runtime.instructionSet }
        set { runtime.instructionSet = newValue }
    }

    /// See ``RuntimeOptions/adapters``.
    public var adapters: [ScaledAdapter] {
        get { runtime.adapters }
        set { runtime.adapters = newValue }
    }
}
