extension RawSpan {
    /// The bytes as elements of a span.
    var octets: Span<UInt8> {
        @_lifetime(copy self)
        get { Span(_bytes: self) }
    }

    /// The bytes in an array of their own.
    var copy: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }
}
