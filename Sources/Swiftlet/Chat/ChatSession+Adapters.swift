extension ChatSession {
    /// The adapters that the model runs with; see ``Session/adapters``.
    public var adapters: [ScaledAdapter] { session.adapters }

    /// Goes on with other adapters, or other scales of the same; the next answer computes the conversation again. See
    /// ``Session/setAdapters(_:)``.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `outOfMemory`. Nothing has then changed.
    public mutating func setAdapters(_ adapters: [ScaledAdapter]) throws(SwiftletError) {
        try session.setAdapters(adapters)
    }
}
