// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

internal import CSwiftlet

/// Bytes for C, followed by a zero.
@safe final class BufferObject: Handle, @unchecked Sendable {  // nobody writes the bytes
    static var kind: HandleKind { .buffer }
    let start: UnsafePointer<CChar>
    let count: Int

    init(_ bytes: some Collection<UInt8>) {
        count = bytes.count
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: count + 1)
        for (index, byte) in bytes.enumerated() { unsafe copy[index] = CChar(bitPattern: byte) }
        unsafe copy[count] = 0
        unsafe start = UnsafePointer(copy.baseAddress.unsafelyUnwrapped)
    }

    deinit { unsafe start.deallocate() }

    /// Gives the caller a handle of some bytes, if it wants one.
    static func give(_ bytes: some Collection<UInt8>, _ out: UnsafeMutablePointer<OpaquePointer?>?) throws(Failure) {
        guard let out = unsafe out else { return }
        unsafe out.pointee = try BufferObject(bytes).makeHandle()
    }
}

@c @implementation
public func swiftlet_buffer_data(_ buffer: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe BufferObject.peek(buffer)?.start
}

@c @implementation
public func swiftlet_buffer_size(_ buffer: OpaquePointer?) -> Int { unsafe BufferObject.peek(buffer)?.count ?? 0 }

@c @implementation
public func swiftlet_buffer_release(_ buffer: OpaquePointer?) { unsafe BufferObject.release(buffer) }
