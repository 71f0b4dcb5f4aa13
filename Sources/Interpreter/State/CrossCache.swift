/// Keys and values of one sequence that an encoder stored for a decoder's cross-attention.
///
/// A plain value without ownership, valid while the encoder's interpreter lives and runs no step.
package struct CrossCache: BitwiseCopyable, @unchecked Sendable {  // a step only reads it
    let cache: SequenceStore.View
    /// Positions.
    package let length: Int

    init(_ cache: SequenceStore.View, length: Int) {
        self.cache = cache
        self.length = length
    }
}
