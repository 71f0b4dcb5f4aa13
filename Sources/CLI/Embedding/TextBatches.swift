/// Texts in order, as many at a time as are embedded together.
final class TextBatches {
    private let reader: LineReader?
    private var pending: ArraySlice<String>

    /// Enough that texts of like length meet and no thread waits long for the last, few enough to stay in little memory.
    static let maxTexts = 4096
    private static let maxBytes = 4 << 20
    /// Whether each text has a vector for each of its tokens, so that fewer are embedded together.
    var haveManyVectors = false

    private let limit: Int

    /// - Parameter maxTexts: that are returned together.
    init(_ texts: [String], maxTexts: Int = TextBatches.maxTexts) {
        reader = nil
        pending = texts[...]
        limit = maxTexts
    }

    /// - Parameter maxTexts: that are returned together.
    init(_ reader: LineReader, maxTexts: Int = TextBatches.maxTexts) {
        self.reader = reader
        pending = []
        limit = maxTexts
    }

    /// The next texts; nil at the end. Lines are not waited for while there are some.
    ///
    /// - Parameter max: the max number of texts.
    func next(max: Int = .max) throws(Failure) -> [String]? {
        let maxTexts = min(max, haveManyVectors ? limit / 16 : limit)
        if pending.isEmpty, let reader { pending = (try reader.next() ?? [])[...] }
        var bytes = pending.reduce(0) { $0 + $1.utf8.count }
        while !pending.isEmpty, pending.count < maxTexts, bytes < Self.maxBytes, let lines = try reader?.available() {
            pending += lines
            bytes += lines.reduce(0) { $0 + $1.utf8.count }
        }
        guard !pending.isEmpty else { return nil }
        let batch = Array(pending.prefix(maxTexts))
        pending = pending.dropFirst(maxTexts)
        return batch
    }
}
