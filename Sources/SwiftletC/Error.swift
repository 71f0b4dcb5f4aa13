// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet

/// The error object of a failed call.
final class ErrorObject: Handle {
    static var kind: HandleKind { .error }
    let status: swiftlet_status
    let message: CText
    let place: CText
    let index: Int

    init(_ failure: Failure) {
        status = failure.code.status
        message = CText(failure.message)
        place = CText(failure.place)
        index = failure.index
    }
}

@c @implementation
public func swiftlet_error_status(_ error: OpaquePointer?) -> swiftlet_status {
    unsafe ErrorObject.peek(error)?.status ?? swiftlet_status(SWIFTLET_OK)
}

@c @implementation
public func swiftlet_error_message(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe ErrorObject.peek(error)?.message.start ?? Text.constant("")
}

@c @implementation
public func swiftlet_error_place(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
    unsafe ErrorObject.peek(error)?.place.start ?? Text.constant("")
}

@c @implementation
public func swiftlet_error_index(_ error: OpaquePointer?) -> Int64 {
    Int64(unsafe ErrorObject.peek(error)?.index ?? -1)
}

@c @implementation
public func swiftlet_error_release(_ error: OpaquePointer?) { unsafe ErrorObject.release(error) }
