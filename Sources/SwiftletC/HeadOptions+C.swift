internal import CSwiftlet
internal import Swiftlet

extension HeadOptions {
    /// What the options of a classifier, a reranker and a tagger say alike: their structs begin with the same fields.
    init(_ pointer: UnsafeRawPointer?) throws(Failure) {
        let options = try unsafe swiftlet_classifier_options.read(
            pointer?.assumingMemoryBound(to: swiftlet_classifier_options.self), "options")
        self.init()
        threads = unsafe Int(options.threads)
        maxTokens = try size(unsafe options.max_tokens, "options.max_tokens")
        overflow = try EmbedderOptions.Overflow(unsafe options.overflow)
        if unsafe options.batch_tokens > 0 { batchTokens = unsafe Int(options.batch_tokens) }
        instructionSet = try unsafe Text.optional(options.instruction_set, "options.instruction_set")
        parsesSpecial = try choice(unsafe options.parse_special, "options.parse_special") ?? true
        adapters = try unsafe scaledAdapters(
            options.adapters, options.adapter_scales, options.adapter_count, "options.adapters")
    }
}

extension Turn {
    /// Runs a call on many texts in batches of bounded memory, when it is this thread's turn.
    ///
    /// - Parameters:
    ///   - size: max texts of a batch.
    ///   - own: the cancellation of what the turn is for.
    ///   - body: gets the numbers of a batch's texts; returns whether to go on.
    func inBatches(
        of count: Int, size: Int = 2048, _ cancellation: OpaquePointer?, _ own: () -> SessionCancellation,
        _ body: (Range<Int>) throws(Failure) -> Bool
    ) throws(Failure) {
        try wait { () throws(Failure) in
            try unsafe CancellationObject.run(cancellation, own()) { () throws(Failure) in
                var first = 0
                while first < count {
                    let range = first..<min(first + size, count)
                    guard try body(range) else { return }
                    first = range.upperBound
                }
            }
        }
    }
}
