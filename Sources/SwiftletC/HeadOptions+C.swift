internal import Swiftlet

extension HeadOptions {
    /// What the options of a reranker and of a classifier say alike.
    init(
        threads: UInt32, maxTokens: UInt64, overflow: UInt32, batchTokens: UInt32,
        instructionSet: UnsafePointer<CChar>?, parseSpecial: UInt32
    ) throws(Failure) {
        self.init()
        self.threads = Int(threads)
        self.maxTokens = try size(maxTokens, "options.max_tokens")
        self.overflow = try EmbedderOptions.Overflow(overflow)
        if batchTokens > 0 { self.batchTokens = Int(batchTokens) }
        self.instructionSet = try unsafe Text.optional(instructionSet, "options.instruction_set")
        parsesSpecial = try choice(parseSpecial, "options.parse_special") ?? true
    }
}
