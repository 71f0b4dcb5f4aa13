/// Keys and values that an encoder stored of one of its sequences, for a decoder's cross-attention.
///
/// A plain value without ownership, valid while the encoder's interpreter lives and runs no step.
package struct CrossCache: BitwiseCopyable, @unchecked Sendable {  // a step only reads it
    let cache: SequenceStore.View
    let sequence: Int
    /// Positions.
    package let length: Int

    init(_ cache: SequenceStore.View, sequence: Int, length: Int) {
        self.cache = cache
        self.sequence = sequence
        self.length = length
    }

    /// Whether both are the keys and values of one sequence.
    func isSame(as other: CrossCache) -> Bool { sequence == other.sequence && cache.isSame(as: other.cache) }
}
