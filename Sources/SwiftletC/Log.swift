// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

public import CSwiftlet
internal import Synchronization

/// The caller's log; silent without a hook.
enum Log {
    static func inform(_ category: String, _ message: @autoclosure () -> String) {
        give(SWIFTLET_LOG_INFO, category, message)
    }

    static func warn(_ category: String, _ message: @autoclosure () -> String) {
        give(SWIFTLET_LOG_WARNING, category, message)
    }

    private static func give(_ level: Int, _ category: String, _ message: () -> String) {
        guard let hook = hook.current else { return }
        unsafe message().withCString { text in
            unsafe category.withCString { unsafe hook.function(hook.user, Int32(level), $0, text) }
        }
    }

    fileprivate static let hook = HookPlace()

    /// A function that gets messages.
    @safe fileprivate final class Hook: @unchecked Sendable {  // the caller's pointer is only passed on
        let function:
            @convention(c) (UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Void
        let user: UnsafeMutableRawPointer?
        /// The one before, which a thread may just be calling.
        let previous: Hook?

        init(_ function: @escaping swiftlet_on_log, _ user: UnsafeMutableRawPointer?, previous: Hook?) {
            unsafe self.function = function
            unsafe self.user = user
            self.previous = previous
        }
    }

    /// The hook in use. None is ever freed, since nobody knows when the last thread has left it.
    fileprivate struct HookPlace: ~Copyable {
        private let latest = Atomic<UInt>(0)
        private let isSet = Atomic<Bool>(false)

        var current: Hook? { isSet.load(ordering: .acquiring) ? made : nil }

        private var made: Hook? {
            unsafe UnsafeRawPointer(bitPattern: latest.load(ordering: .acquiring)).map {
                unsafe Unmanaged<Hook>.fromOpaque($0).takeUnretainedValue()
            }
        }

        func set(_ function: swiftlet_on_log?, _ user: UnsafeMutableRawPointer?) {
            guard let function = unsafe function else { return isSet.store(false, ordering: .releasing) }
            let hook = unsafe Hook(function, user, previous: made)
            latest.store(UInt(bitPattern: unsafe Unmanaged.passRetained(hook).toOpaque()), ordering: .releasing)
            isSet.store(true, ordering: .releasing)
        }
    }
}

@c @implementation
public func swiftlet_set_log(_ hook: swiftlet_on_log?, _ user: UnsafeMutableRawPointer?) {
    unsafe Log.hook.set(hook, user)
}
