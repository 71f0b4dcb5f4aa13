/// `▁` (U+2581), which SentencePiece and GGUF write for a space.
enum SpaceMark {
    static let bytes: [UInt8] = [0xE2, 0x96, 0x81]
}

extension Span<UInt8> {
    /// Whether `▁` begins at byte `i`.
    func isSpaceMark(at i: Int) -> Bool {
        self[i] == 0xE2 && i + 2 < count && self[i + 1] == 0x96 && self[i + 2] == 0x81
    }

    /// Where the word at `start` ends: before the first `▁` that follows something else.
    func endOfMarkedWord(from start: Int) -> Int {
        var i = start
        while i < count, isSpaceMark(at: i) { i += 3 }
        while i < count, !isSpaceMark(at: i) { i += 1 }
        return i
    }
}

extension Vocabulary {
    /// Whether no token of ordinary text goes on after a space within it, so that words can be cut one by one.
    var wordsAreSeparate: Bool {
        (0..<Int32(truncatingIfNeeded: count)).allSatisfy { id in
            let text = text(of: id)
            return !kind(of: id).isText || text.endOfMarkedWord(from: 0) == text.count
        }
    }
}

extension Array<UInt8> {
    /// Appends `text` with `▁` for every space.
    mutating func append(marking text: Span<UInt8>) {
        reserveCapacity(count + text.count + text.count / 2)
        for i in text.indices {
            if text[i] == 0x20 {
                append(contentsOf: SpaceMark.bytes)
            } else {
                append(text[i])
            }
        }
    }

    /// Appends `text` with a space for every `▁`.
    mutating func append(unmarking text: Span<UInt8>) {
        var i = 0
        while i < text.count {
            if text.isSpaceMark(at: i) {
                append(0x20)
                i += 3
            } else {
                append(text[i])
                i += 1
            }
        }
    }
}
