/// A normalized word, up to the length where BERT gives up.
struct BERTWord: ~Copyable {
    /// Longer words have no tokens.
    static let longest = 100
    private static let capacity = (longest + 1) * 4

    private var storage = InlineArray<404, UInt8>(repeating: 0)
    /// The number of bytes kept: all, if there are at most ``longest`` characters.
    private(set) var byteCount = 0
    private(set) var characterCount = 0
    /// Marks that the next one may have to stand before, with their combining classes.
    private var marks: [(class: UInt32, mark: UInt32)] = []
    private var hasMarks = false

    var isEmpty: Bool { characterCount == 0 }
    var isTooLong: Bool { characterCount > Self.longest }

    var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(first: byteCount) }
    }

    mutating func removeAll() {
        byteCount = 0
        characterCount = 0
    }

    @inline(__always)
    mutating func append(ascii byte: UInt8) {
        if hasMarks { flushMarks() }
        guard characterCount <= Self.longest else { return }
        storage[byteCount] = byte
        byteCount += 1
        characterCount += 1
    }

    /// - Parameter character: of combining class 0.
    mutating func append(_ character: UInt32) {
        if hasMarks { flushMarks() }
        store(character)
    }

    /// Appends a mark: before those of a higher class that were the last to be appended.
    mutating func append(_ mark: UInt32, class combiningClass: UInt32) {
        guard marks.count <= Self.longest else { return }
        var position = marks.count
        while position > 0, marks[position - 1].class > combiningClass { position -= 1 }
        marks.insert((combiningClass, mark), at: position)
        hasMarks = true
    }

    /// Ends a sequence of marks: no later one goes before these.
    mutating func flushMarks() {
        for mark in marks { store(mark.mark) }
        marks.removeAll(keepingCapacity: true)
        hasMarks = false
    }

    private mutating func store(_ character: UInt32) {
        guard characterCount <= Self.longest else { return }
        characterCount += 1
        if character < 0x80 {
            store(byte: character)
        } else if character < 0x800 {
            store(byte: 0xC0 | character >> 6)
            store(byte: 0x80 | character & 0x3F)
        } else if character < 0x10000 {
            store(byte: 0xE0 | character >> 12)
            store(byte: 0x80 | character >> 6 & 0x3F)
            store(byte: 0x80 | character & 0x3F)
        } else {
            store(byte: 0xF0 | character >> 18)
            store(byte: 0x80 | character >> 12 & 0x3F)
            store(byte: 0x80 | character >> 6 & 0x3F)
            store(byte: 0x80 | character & 0x3F)
        }
    }

    private mutating func store(byte: UInt32) {
        storage[byteCount] = UInt8(truncatingIfNeeded: byte)
        byteCount += 1
    }
}
