/// Bytes at a constant address, aligned to 64, for as long as the object lives: a stand-in for a mapped file.
@safe package final class OwnedBytes: Sendable {
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer  // never written after init

    package init(_ bytes: [UInt8]) {
        unsafe storage = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        unsafe storage.copyBytes(from: bytes)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// Bytes that live until the process ends: for weights of a program, which does not own them.
    package static func immortal(_ bytes: [UInt8]) -> OwnedBytes {
        unsafe Unmanaged.passRetained(OwnedBytes(bytes)).takeUnretainedValue()
    }

    package var bytes: RawSpan {
        @_lifetime(borrow self) get {
            let span = unsafe storage.bytes
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
