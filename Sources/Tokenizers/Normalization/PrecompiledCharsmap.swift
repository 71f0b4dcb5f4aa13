/// Replacements of byte sequences, as SentencePiece compiles them: a double-array trie of the sequences and the texts to
/// put in their place.
///
/// The blob is the size of the trie in bytes, the trie's units (both little-endian, 32 bits), and the texts, each ended
/// by a zero byte; the value of a sequence is the offset of its text. It comes from a file: every index is checked.
///
/// - Source: github.com/google/sentencepiece, `src/normalizer.cc`; github.com/s-yata/darts-clone (the bits of a unit).
struct PrecompiledCharsmap: Sendable {
    /// SentencePiece's own longest has 33 bytes.
    static let longestReplacement = 1024

    private var units: [UInt32] = []
    private var texts: [UInt8] = []
    /// Whether an ASCII character stands for itself where another, or nothing, follows.
    private var isPlain = [Bool](repeating: true, count: 128)

    /// - Parameter blob: empty for no replacements.
    /// - Throws: ``TokenizerError/invalidCharsmap(_:)``.
    init(_ blob: [UInt8]) throws(TokenizerError) {
        guard !blob.isEmpty else { return }
        guard blob.count >= 4 else { throw .invalidCharsmap("it has only \(blob.count) bytes") }
        func unit(at offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(blob[offset + $1]) << (8 * UInt32(truncatingIfNeeded: $1)) }
        }
        let size = Int(unit(at: 0))
        guard size > 0, size % 4 == 0, size <= blob.count - 4 else {
            throw .invalidCharsmap("it says that \(size) of its \(blob.count) bytes are the trie")
        }
        units = stride(from: 4, to: 4 + size, by: 4).map { unit(at: $0) }
        texts = Array(blob[(4 + size)...])
        var length = 0
        for byte in texts {
            length = byte == 0 ? 0 : length + 1
            guard length <= Self.longestReplacement else {
                throw .invalidCharsmap("a replacement has more than \(Self.longestReplacement) bytes")
            }
        }
        for byte in UInt8(0)..<128 { isPlain[Int(byte)] = !replaces(byte) }
    }

    /// Whether a sequence is this ASCII character, or begins with it and another.
    private func replaces(_ byte: UInt8) -> Bool {
        guard let root = units.first, let node = step(from: Self.offset(root), byte) else { return false }
        if node.value != nil { return true }
        return (UInt8(0)..<128).contains { step(from: node.position, $0) != nil }
    }

    /// Whether the character at `start`, which is ASCII, certainly stands for itself.
    @inline(__always)
    func isPlain(_ text: Span<UInt8>, at start: Int) -> Bool {
        isPlain[Int(text[start])] && (start + 1 == text.count || text[start + 1] < 0x80)
    }

    /// The longest sequence at `start` that is replaced: its length, and where its replacement lies.
    func longestMatch(in text: Span<UInt8>, at start: Int) -> (length: Int, replacement: Range<Int>)? {
        guard let root = units.first else { return nil }
        var position = Self.offset(root)
        var match: (length: Int, offset: Int)?
        var i = start
        while i < text.count, let node = step(from: position, text[i]) {
            position = node.position
            i += 1
            if let value = node.value { match = (i - start, value) }
        }
        guard let match, match.offset <= texts.count else { return nil }
        let end = texts[match.offset...].firstIndex(of: 0) ?? texts.count
        return (match.length, match.offset..<end)
    }

    /// The replacement of the shortest sequence that is replaced at the start of a range.
    func shortestMatch(in text: Span<UInt8>, _ range: Range<Int>) -> Range<Int>? {
        guard let root = units.first else { return nil }
        var position = Self.offset(root)
        for i in range {
            guard let node = step(from: position, text[i]) else { return nil }
            position = node.position
            if let offset = node.value, offset <= texts.count {
                return offset..<(texts[offset...].firstIndex(of: 0) ?? texts.count)
            }
        }
        return nil
    }

    /// A byte of a replacement.
    subscript(index: Int) -> UInt8 { texts[index] }

    /// The child for `byte`: where its children begin, and its value if a sequence ends there.
    @inline(__always)
    private func step(from position: Int, _ byte: UInt8) -> (position: Int, value: Int?)? {
        let index = position ^ Int(byte)
        guard index < units.count else { return nil }
        let unit = units[index]
        guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
        let next = index ^ Self.offset(unit)
        guard unit >> 8 & 1 == 1, next < units.count else { return (next, nil) }
        return (next, Int(units[next] & 0x7FFF_FFFF))
    }

    @inline(__always)
    private static func offset(_ unit: UInt32) -> Int {
        Int(unit >> 10) << (unit & 0x200 == 0 ? 0 : 8)
    }
}
