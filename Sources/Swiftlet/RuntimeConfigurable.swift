/// Options of what runs a model; those of how it is run can be said without `runtime`.
public protocol RuntimeConfigurable {
    /// Threads, instruction set, cache, adapters.
    var runtime: RuntimeOptions { get set }
}

extension RuntimeConfigurable {
    /// See ``RuntimeOptions/threads``.
    public var threads: Int {
        get { runtime.threads }
        set { runtime.threads = newValue }
    }

    /// See ``RuntimeOptions/cacheType``. Encoders have no cache.
    public var cacheType: RuntimeOptions.CacheType? {
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
