/// Typed views of raw bytes: the only unsafe loads of the parser.
extension RawSpan {
    /// Reads a little-endian integer at any offset. An offset out of bounds traps: callers check first.
    package func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    /// The bytes as UTF-8, each invalid sequence replaced by U+FFFD.
    var repairedString: String {
        unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes as UTF-8, or nil when they are not.
    package var validString: String? {
        unsafe withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
    }

    /// The bytes as elements of a span.
    package var octets: Span<UInt8> {
        @_lifetime(copy self)
        get { Span(_bytes: self) }
    }

    /// The bytes in an array of their own.
    var copy: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }
}

extension Span<UInt8> {
    /// The bytes without a type. (`bytes` is marked unsafe because other elements may have padding.)
    var raw: RawSpan {
        @_lifetime(copy self)
        get { unsafe bytes }
    }
}
