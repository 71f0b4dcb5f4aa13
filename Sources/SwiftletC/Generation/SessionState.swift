// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// A saved state that lies with the caller.
///
/// - Throws: ``Failure`` with the status `argument`.
func state(_ start: UnsafeRawPointer?, _ size: Int) throws(Failure) -> [UInt8] {
    guard let start = unsafe start, size > 0 else {
        throw Failure(.argument, "state is NULL, or its size is not possible", place: "state")
    }
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: size))
}

/// - Throws: ``Failure`` with the status `argument` for NULL.
func check(_ out: UnsafeMutablePointer<OpaquePointer?>?, _ place: String) throws(Failure) {
    guard unsafe out != nil else { throw Failure(.argument, "\(place) is NULL", place: place) }
}

@c @implementation
public func swiftlet_session_save(
    _ session: OpaquePointer?, _ state: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        try unsafe check(state, "state")
        let bytes = try session.use { session throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try session.saved() }
        }
        try unsafe BufferObject.give(bytes, state)
    }
}

@c @implementation
public func swiftlet_session_save_file(
    _ session: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let path = try unsafe Text.required(path, "path")
        try session.use { session throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try session.save(to: path) }
        }
    }
}

@c @implementation
public func swiftlet_session_restore(
    _ session: OpaquePointer?, _ state: UnsafeRawPointer?, _ size: Int,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let bytes = try unsafe SwiftletC.state(state, size)
        try session.use { session throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try session.restore(saved: bytes) }
        }
    }
}

@c @implementation
public func swiftlet_session_restore_file(
    _ session: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let path = try unsafe Text.required(path, "path")
        try session.use { session throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try session.restore(from: path) }
        }
    }
}
