/// Texts in order, as many at a time as are embedded together.
final class TextBatches {
    private let reader: LineReader?
    private var pending: ArraySlice<String>

    /// Enough that texts of like length meet, few enough to stay in little memory.
    private static let mostTexts = 256

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
        guard !pending.isEmpty else { return nil }
        let batch = Array(pending.prefix(Self.mostTexts))
        pending = pending.dropFirst(Self.mostTexts)
        return batch
    }
}
