// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

@c @implementation
public func swiftlet_chat_save(
    _ chat: OpaquePointer?, _ state: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        try unsafe check(state, "state")
        let bytes = try chat.use { chat throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try chat.saved() }
        }
        try unsafe BufferObject.give(bytes, state)
    }
}

@c @implementation
public func swiftlet_chat_save_file(
    _ chat: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        let path = try unsafe Text.required(path, "path")
        try chat.use { chat throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try chat.save(to: path) }
        }
    }
}

@c @implementation
public func swiftlet_chat_restore(
    _ chat: OpaquePointer?, _ state: UnsafeRawPointer?, _ size: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        let bytes = try unsafe SwiftletC.state(state, size)
        try chat.use { chat throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try chat.restore(saved: bytes) }
        }
    }
}

@c @implementation
public func swiftlet_chat_restore_file(
    _ chat: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let chat = try unsafe ChatObject.of(chat)
        let path = try unsafe Text.required(path, "path")
        try chat.use { chat throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try chat.restore(from: path) }
        }
    }
}
