/// Keys and values that another program computed, one sequence's: what a decoder attends to in each of its steps.
///
/// A plain value without ownership, valid while the interpreter that it is of lives and runs no step.
package struct Memory: BitwiseCopyable, @unchecked Sendable {  // a step only reads it
    let cache: KVCache.View
    /// Positions.
    package let count: Int

    init(_ cache: KVCache.View, count: Int) {
        self.cache = cache
        self.count = count
    }
}
