/// Text that comes from C.
enum Text {
    /// A text of the program's own, for C.
    static func constant(_ text: StaticString) -> UnsafePointer<CChar>? {
        unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    /// A text up to its zero; nil for NULL.
    ///
    /// - Throws: ``Failure`` with the status `utf8`.
    static func optional(
        _ start: UnsafePointer<CChar>?, _ place: @autoclosure () -> String
    ) throws(Failure) -> String? {
        guard let start = unsafe start else { return nil }
        var count = 0
        while unsafe start[count] != 0 { count += 1 }
        return try unsafe decode(UnsafeRawBufferPointer(start: start, count: count), place())
    }

    /// A text up to its zero.
    ///
    /// - Throws: ``Failure`` with the status `utf8`, or `argument` for NULL.
    static func required(
        _ start: UnsafePointer<CChar>?, _ place: @autoclosure () -> String
    ) throws(Failure) -> String {
        if let text = try unsafe optional(start, place()) { return text }
        throw Failure(.argument, "\(place()) is NULL", place: place())
    }

    /// A text of `size` bytes.
    ///
    /// - Throws: ``Failure`` with the status `utf8`, or `argument` for NULL with a size, and for a size that cannot be.
    static func sized(
        _ start: UnsafePointer<CChar>?, _ size: Int, _ place: @autoclosure () -> String
    ) throws(Failure) -> String {
        guard size >= 0 else { throw Failure(.argument, "the size of \(place()) is not possible", place: place()) }
        guard unsafe start != nil || size == 0 else {
            throw Failure(.argument, "\(place()) is NULL, with a size of \(size)", place: place())
        }
        return try unsafe decode(UnsafeRawBufferPointer(start: start, count: size), place())
    }

    /// - Parameter index: of one of many texts; else the failure has the byte's.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, _ place: @autoclosure () -> String, index: Int? = nil
    ) throws(Failure) -> String {
        let span = unsafe Span<UInt8>(_unsafeBytes: bytes)
        do throws(UTF8.ValidationError) {
            return String(copying: try UTF8Span(validating: span))
        } catch {
            let byte = error.byteOffsets.lowerBound
            let text = index.map { " (text \($0))" } ?? ""
            throw Failure(.utf8, "byte \(byte) of \(place())\(text) is not UTF-8", place: place(), index: index ?? byte)
        }
    }
}

/// A text for C, ended by a zero.
@safe final class CText: @unchecked Sendable {  // nobody writes the bytes
    let start: UnsafePointer<CChar>
    /// Bytes without the zero.
    let count: Int

    init(_ text: String) {
        let bytes = text.utf8CString
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { unsafe copy[index] = byte }
        unsafe start = UnsafePointer(copy)
        count = bytes.count - 1
    }

    deinit { unsafe start.deallocate() }
}
