/// The heads of an attention: `queries` is a multiple of `keyValues` (grouped-query attention, arXiv:2305.13245).
package struct Heads: Hashable, Sendable, BitwiseCopyable {
    package let queries: Int
    package let keyValues: Int
    /// Elements of one head's query and key.
    package let keyDimension: Int
    /// Elements of one head's value.
    package let valueDimension: Int

    package init(queries: Int, keyValues: Int, keyDimension: Int, valueDimension: Int) {
        self.queries = queries
        self.keyValues = keyValues
        self.keyDimension = keyDimension
        self.valueDimension = valueDimension
    }

    /// Query heads that share one key/value head.
    package var queriesPerKV: Int { queries / keyValues }
}

/// Where attention finds its keys and values.
package enum KeySource: Sendable, Hashable, BitwiseCopyable {
    /// Those of the step, of the same sequence; kept nowhere.
    case batch(KeyValues)
    /// All that the cache of a layer holds of the sequence, after `append` is appended to it; nil: an earlier attention's
    /// cache, which several layers share.
    case cache(layer: Int, append: KeyValues?)
    /// Keys and values that another program stored for a layer: cross-attention.
    case cross(layer: Int)
}
