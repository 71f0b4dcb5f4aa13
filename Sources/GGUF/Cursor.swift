/// Reads a header from front to back. Every read is checked against the bytes that remain.
package struct Cursor: ~Escapable {
    package let bytes: RawSpan
    package private(set) var offset = 0

    @_lifetime(copy bytes)
    package init(_ bytes: RawSpan) {
        self.bytes = bytes
    }

    package var remaining: Int { bytes.byteCount - offset }

    /// Reads a little-endian integer; `what` names it in the error, here and below.
    package mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ what: @autoclosure () -> String, as type: T.Type = T.self
    ) throws(FormatError) -> T {
        let start = try skip(UInt64(MemoryLayout<T>.size), what()).lowerBound
        return bytes.load(start)
    }

    /// Passes over `count` bytes and returns where they are.
    package mutating func skip(_ count: UInt64, _ what: @autoclosure () -> String) throws(FormatError) -> Range<Int> {
        guard count <= UInt64(remaining) else {
            throw .truncated(what: what(), offset: offset, needed: count, available: remaining)
        }
        let start = offset
        offset += Int(count)
        return start..<offset
    }

    /// Reads a string's length, passes over its bytes and returns where they are.
    package mutating func string(_ what: @autoclosure () -> String) throws(FormatError) -> Range<Int> {
        let length: UInt64 = try integer(what())
        return try skip(length, what())
    }

    /// Reads a string that must be UTF-8.
    package mutating func text(_ what: String) throws(FormatError) -> String {
        let range = try string(what)
        guard let text = bytes.extracting(range).validString else {
            throw .invalidUTF8(what: what, offset: range.lowerBound)
        }
        return text
    }

    /// Reads how many things follow.
    ///
    /// - Parameter limit: how many the rest of the file can hold, or fewer.
    /// - Throws: ``FormatError/excessiveCount(what:offset:count:limit:)``.
    package mutating func count(_ what: @autoclosure () -> String, limit: Int) throws(FormatError) -> Int {
        let start = offset
        let count: UInt64 = try integer("the number of \(what())")
        guard count <= UInt64(limit) else {
            throw .excessiveCount(what: what(), offset: start, count: count, limit: limit)
        }
        return Int(count)
    }
}
