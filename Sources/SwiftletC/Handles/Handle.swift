/// The kinds of handles; the number is part of the handle.
enum HandleKind: Int {
    case model = 1, session, chat, embedder, reranker, transcriber, cancellation, buffer, error, translator, classifier
    case trace, adapter, tagger, zeroShot

    /// The type's name in the header.
    var name: String { self == .zeroShot ? "swiftlet_zero_shot" : "swiftlet_\(self)" }
}

/// An object that C holds by a handle.
protocol Handle: AnyObject, Sendable {
    static var kind: HandleKind { get }
}

/// All handles of the process.
private let table = HandleTable()

extension Handle {
    /// A handle that keeps this object alive until it is released.
    func makeHandle() throws(Failure) -> OpaquePointer? {
        guard let number = table.insert(self, kind: Self.kind.rawValue) else {
            throw Failure(.outOfMemory, "there are too many handles: release some")
        }
        return unsafe OpaquePointer(bitPattern: number)
    }

    /// Gives the caller a handle of this object.
    ///
    /// - Throws: ``Failure`` with the status `argument` for NULL.
    func give(_ out: UnsafeMutablePointer<OpaquePointer?>?) throws(Failure) {
        guard let out = unsafe out else { throw Failure(.argument, "the place for the handle is NULL", place: "out") }
        unsafe out.pointee = try makeHandle()
    }

    /// The object of a handle.
    ///
    /// - Throws: ``Failure`` with the status `handle`.
    static func of(_ handle: OpaquePointer?) throws(Failure) -> Self {
        guard let handle = unsafe handle else {
            throw Failure(.handle, "the \(kind.name) is NULL", place: "\(kind)")
        }
        switch table.lookup(UInt(bitPattern: handle), kind: kind.rawValue) {
        case .found(let object):
            // The table has compared the kinds. A cast that looks types up would not be for signal handlers.
            return unsafe unsafeDowncast(object, to: Self.self)
        case .other(let other):
            let found = HandleKind(rawValue: other)?.name ?? "something else"
            throw Failure(.handle, "a \(found) was given instead of a \(kind.name)", place: "\(kind)")
        case .none: break
        }
        throw Failure(.handle, "what was given is no \(kind.name), or it was released before", place: "\(kind)")
    }

    /// The object of a handle, for functions that report nothing.
    static func peek(_ handle: OpaquePointer?) -> Self? {
        do throws(Failure) {
            return try unsafe of(handle)
        } catch {
            if unsafe handle != nil { Log.warn("handle", error.message) }
            return nil
        }
    }

    /// The object of a handle; an invalid handle is not logged: for signal handlers.
    static func silently(_ handle: OpaquePointer?) -> Self? {
        guard case .found(let object) = table.lookup(UInt(bitPattern: handle), kind: kind.rawValue) else {
            return nil
        }
        return unsafe unsafeDowncast(object, to: Self.self)
    }

    static func retain(_ handle: OpaquePointer?) throws(Failure) {
        _ = try unsafe of(handle)
        guard table.retain(UInt(bitPattern: handle), kind: kind.rawValue) else {
            throw Failure(.argument, "the \(kind.name) was retained too often, or released meanwhile", place: "\(kind)")
        }
    }

    /// Releases a handle; an invalid one is only logged.
    static func release(_ handle: OpaquePointer?) {
        guard unsafe handle != nil else { return }
        if !table.release(UInt(bitPattern: handle), kind: kind.rawValue) {
            Log.warn("handle", "what was to be released is no \(kind.name), or it was released before")
        }
    }
}
