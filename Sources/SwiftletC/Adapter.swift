// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Swiftlet

/// An adapter of a model.
final class AdapterObject: Handle {
    static var kind: HandleKind { .adapter }
    let adapter: Adapter

    init(_ adapter: Adapter) { self.adapter = adapter }
}

/// The adapters that a caller names, with their scales.
///
/// - Parameters:
///   - adapters: `[count]` handles; NULL with a count of 0.
///   - scales: `[count]`; NULL: 1 for each.
///   - place: the argument's name.
/// - Throws: ``Failure`` with the status `argument` or `handle`.
func scaledAdapters(
    _ adapters: UnsafePointer<OpaquePointer?>?, _ scales: UnsafePointer<Float>?, _ count: UInt64, _ place: String
) throws(Failure) -> [ScaledAdapter] {
    guard count > 0 else { return [] }
    guard let adapters = unsafe adapters, count <= 1024 else {
        throw Failure(.argument, "\(place) is NULL, or there are more than 1024", place: place)
    }
    var found: [ScaledAdapter] = []
    for index in 0..<Int(count) {
        let object = try unsafe AdapterObject.of(adapters[index])
        found.append(ScaledAdapter(object.adapter, scale: unsafe scales?[index] ?? 1))
    }
    return found
}

@c @implementation
public func swiftlet_adapter_open(
    _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).model
        let path = try unsafe Text.required(path, "path")
        let adapter = try Failure.translating { () throws(SwiftletError) in try Adapter(path: path, for: model) }
        try unsafe AdapterObject(adapter).give(out)
    }
}

@c @implementation
public func swiftlet_adapter_release(_ adapter: OpaquePointer?) { unsafe AdapterObject.release(adapter) }

@c @implementation
public func swiftlet_session_set_adapters(
    _ session: OpaquePointer?, _ adapters: UnsafePointer<OpaquePointer?>?, _ scales: UnsafePointer<Float>?,
    _ count: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let session = try unsafe SessionObject.of(session)
        let adapters = try unsafe scaledAdapters(adapters, scales, UInt64(UInt(bitPattern: count)), "adapters")
        try session.use { session throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in try session.setAdapters(adapters) }
        }
    }
}
