/// How an ``Engine`` runs.
package struct EngineOptions: Sendable {
    package var runtime = RuntimeOptions()
    /// Max tokens of each sequence; nil: what the model was made for.
    package var contextLength: Int?
    /// Max sequences that are open at once.
    package var maxSequences = 16
    /// Max tokens of one step, of all its entries.
    package var stepTokens = 512

    package init() {}

    /// The context's length with this model.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`.
    func contextLength(_ model: Model) throws(SwiftletError) -> Int {
        let length = contextLength ?? model.contextLength
        guard length >= 1, length <= model.contextLength else {
            throw SwiftletError(
                .invalidArgument,
                "a context of \(length) tokens is not possible: \(model.path) was made for 1 to \(model.contextLength)")
        }
        guard (1...65_536).contains(maxSequences) else {
            throw SwiftletError(
                .invalidArgument, "an engine of \(maxSequences) sequences is not possible: use 1 to 65536")
        }
        return length
    }
}
