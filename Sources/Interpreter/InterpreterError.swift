package import Tensors

/// Why a step, or the memory for one, could not be had.
package enum InterpreterError: Error, Equatable, CustomStringConvertible {
    /// Memory, or an instruction set that this CPU lacks.
    case tensors(TensorError)
    /// A token id outside of the vocabulary, and its place in the step.
    case token(id: Int32, index: Int, vocabulary: Int)
    /// More positions than the cache holds.
    case contextFull(capacity: Int, used: Int, new: Int)
    /// No tokens, or more than one step takes.
    case tokenCount(found: Int, max: Int)
    /// The entries of a step do not add up to its tokens, or name a sequence that is not there.
    case batch(String)
    /// ``Cancellation/cancel()`` was called. The caches are as they were before the step.
    case cancelled
    /// A head dimension that the cache's format has no whole blocks for.
    case headDimension(Int, CacheFormat)
    /// The weights of a head that an attention does not have, or of a value that is no attention.
    case attentionHead(Int, of: Int?)
    /// Sizes whose product leaves `Int`.
    case tooLarge(String)

    package var description: String {
        switch self {
        case .tensors(let error): error.description
        case .token(let id, let index, let vocabulary):
            "token \(id) at index \(index) is not in the vocabulary of \(vocabulary) tokens"
        case .contextFull(let capacity, let used, let new):
            "the context is full: it holds \(capacity) tokens, \(used) are used and \(new) more were given"
        case .tokenCount(let found, let max): "a step takes 1 to \(max) tokens, found \(found)"
        case .batch(let reason): "the entries of the step are wrong: \(reason)"
        case .cancelled: "cancelled"
        case .headDimension(let dimension, let format):
            "a \(format.rawValue) cache needs head dimensions that are multiples of \(format.block), found \(dimension)"
        case .attentionHead(let head, nil): "there is no attention to give the weights of head \(head)"
        case .attentionHead(let head, .some(let count)):
            "there is no head \(head): the attention has \(count) heads"
        case .tooLarge(let what): "\(what) is too large for this machine"
        }
    }
}
