/// A list of byte strings stored end to end: one blob and the offset of every string.
///
/// Token texts and BPE merges are kept this way, because 400,000 separate `String`s would cost more to build than the
/// rest of opening a model.
package struct ByteStrings: Sendable {
    private var blob: [UInt8] = []
    /// Where string `i` begins; the last entry is where the last string ends.
    private var offsets: [UInt32] = [0]

    /// An empty list with room for `capacity` strings, or for a million if that is less; it grows as needed.
    package init(capacity: Int = 0) {
        let capacity = min(capacity, 1 << 20)
        offsets.reserveCapacity(capacity + 1)
        blob.reserveCapacity(capacity * 8)
    }

    /// The number of strings.
    package var count: Int { offsets.count - 1 }

    /// The bytes of string `index`, which must be in `0..<count`.
    package subscript(index: Int) -> Span<UInt8> {
        @_lifetime(borrow self)
        get { blob.span.extracting(Int(offsets[index])..<Int(offsets[index + 1])) }
    }

    /// Adds a string at the end.
    ///
    /// - Throws: ``TokenizerError/tooManyStrings(limit:)`` beyond `Int32.max` strings,
    ///   ``TokenizerError/tooManyBytes(limit:)`` beyond 4 GiB of text.
    package mutating func append(_ text: Span<UInt8>) throws(TokenizerError) {
        guard count < Int(Int32.max) else { throw .tooManyStrings(limit: Int(Int32.max)) }
        guard let end = UInt32(exactly: blob.count + text.count) else { throw .tooManyBytes(limit: Int(UInt32.max)) }
        for i in text.indices { blob.append(text[i]) }
        offsets.append(end)
    }
}

extension Span<UInt8> {
    func hasSameBytes(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for i in indices where self[i] != other[i] { return false }
        return true
    }
}
