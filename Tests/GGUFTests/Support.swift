import GGUF
import TestSupport
import Testing

/// Opens bytes as a model and lends it; it must not escape `body`.
func withModel<R>(_ bytes: [UInt8], limit: Int = 1 << 30, _ body: (GGUFFile) throws -> R) throws -> R {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    defer { unsafe buffer.deallocate() }
    unsafe buffer.copyBytes(from: bytes)
    return try body(
        unsafe GGUFFile(staticBytes: UnsafeRawBufferPointer(buffer), name: "test", decompressionLimit: limit))
}

/// A model made of what the builder says, in memory that is never freed.
func staticModel(_ build: (inout RawGGUF) -> Void) throws -> GGUFFile {
    var raw = RawGGUF()
    build(&raw)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: raw.bytes.count, alignment: 64)
    unsafe buffer.copyBytes(from: raw.bytes)
    return try unsafe GGUFFile(staticBytes: UnsafeRawBufferPointer(buffer), name: "test")
}

/// The error that opening the bytes gives, nil when it succeeds.
func openingError(_ bytes: [UInt8]) -> GGUFError? {
    do {
        try withModel(bytes) { _ in }
        return nil
    } catch {
        return error as? GGUFError
    }
}

/// A lie, and what the reader must answer.
struct Lie: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let expected: FormatError

    init(_ description: String, _ expected: FormatError, _ build: (inout RawGGUF) -> Void) {
        testDescription = description
        var raw = RawGGUF()
        build(&raw)
        bytes = raw.bytes
        self.expected = expected
    }
}

extension RawSpan {
    /// A copy to compare.
    var array: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }
}

extension [UInt8] {
    static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}
