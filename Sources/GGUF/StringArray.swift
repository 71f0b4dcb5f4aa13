/// An array of strings where it stands in the file. The strings are bytes: tokens need not be UTF-8.
package struct StringArray: Sendable {
    private let value: MetadataValue

    /// - Parameter value: an array of strings.
    init(_ value: MetadataValue) {
        self.value = value
    }

    package var count: Int { value.count }

    /// Calls `body` with each string in turn, without copying.
    package func forEach<E: Error>(_ body: (Span<UInt8>) throws(E) -> Void) throws(E) {
        try forEach(first: count) { (bytes: RawSpan) throws(E) in try body(bytes.octets) }
    }

    /// Calls `body` with each of the first strings in turn.
    func forEach<E: Error>(first limit: Int, _ body: (RawSpan) throws(E) -> Void) throws(E) {
        let bytes = value.bytes
        var offset = 0
        // The parser has walked these lengths: they are all inside the payload.
        for _ in 0..<min(limit, count) {
            let start = offset + MemoryLayout<UInt64>.size
            let length = Int(truncatingIfNeeded: bytes.load(offset) as UInt64)
            offset = start + length
            try body(bytes.extracting(start..<offset))
        }
    }
}
