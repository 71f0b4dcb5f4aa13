/// Texts in order, as many at a time as are embedded together.
final class TextBatches {
    private let reader: LineReader?
    private var pending: ArraySlice<String>

    /// Enough that texts of like length meet and no thread waits long for the last, few enough to stay in little memory.
    private static let maxTexts = 4096
    private static let maxBytes = 4 << 20
    /// Whether each text has a vector for each of its tokens, so that fewer are embedded together.
    var haveManyVectors = false

    private var maxTexts: Int { haveManyVectors ? Self.maxTexts / 16 : Self.maxTexts }

    init(_ texts: [String]) {
        reader = nil
        pending = texts[...]
    }

    init(_ reader: LineReader) {
        self.reader = reader
        pending = []
    }

    /// The next texts; nil at the end. Lines are not waited for while there are some.
    func next() throws(Failure) -> [String]? {
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
