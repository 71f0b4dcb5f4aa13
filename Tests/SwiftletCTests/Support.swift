import CSwiftlet
import Foundation
import TestSupport

/// The error of a failed call.
struct CFailure: Error, Equatable {
    var status: Int
    var message = ""
    var place = ""
    var index = -1
}

/// Makes a call, which gets a place for an error.
func check(_ body: (UnsafeMutablePointer<OpaquePointer?>) throws -> swiftlet_status) throws {
    var error = OpaquePointer(bitPattern: 1)  // never read
    let status = try body(&error)
    defer { swiftlet_error_release(error) }
    guard status != SWIFTLET_OK else {
        if let error = error { throw CFailure(status: 0, message: "an error without a failure: \(error)") }
        return
    }
    guard swiftlet_error_status(error) == status else {
        throw CFailure(status: 0, message: "status \(status), but the error has another")
    }
    throw CFailure(
        status: Int(status), message: String(cString: swiftlet_error_message(error)),
        place: String(cString: swiftlet_error_place(error)), index: Int(swiftlet_error_index(error)))
}

/// The status of a call that is given no place for an error, after one with it.
func status(_ body: (UnsafeMutablePointer<OpaquePointer?>?) -> swiftlet_status) -> Int {
    var error: OpaquePointer?
    let first = body(&error)
    swiftlet_error_release(error)
    let second = body(nil)
    return first == second ? Int(first) : -100
}

/// A handle that is released at its end.
final class Owned: @unchecked Sendable {  // handles are for any thread
    let raw: OpaquePointer
    private let release: @Sendable (OpaquePointer?) -> Void

    init(
        _ release: @escaping @Sendable (OpaquePointer?) -> Void,
        _ open: (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<OpaquePointer?>) throws -> swiftlet_status
    ) throws {
        var raw: OpaquePointer?
        try check { error in try open(&raw, error) }
        guard let made = raw else { throw CFailure(status: 0, message: "no handle, but no failure") }
        self.raw = made
        self.release = release
    }

    deinit { release(raw) }

    static func model(_ path: String) throws -> Owned {
        try Owned(swiftlet_model_release) { swiftlet_model_open(path, nil, $0, $1) }
    }

    static func fixture(_ name: String) throws -> Owned { try model(Fixtures.path(name)) }

    static func embedder(
        _ model: Owned, _ change: (inout swiftlet_embedder_options) -> Void = { _ in }
    ) throws -> Owned {
        var options = swiftlet_embedder_options()
        options.struct_size = size(of: swiftlet_embedder_options.self)
        change(&options)
        return try Owned(swiftlet_embedder_release) {
            swiftlet_embedder_open(model.raw, &options, $0, $1)
        }
    }

    static func session(
        _ model: Owned, _ change: (inout swiftlet_session_options) -> Void = { _ in }
    ) throws -> Owned {
        var options = swiftlet_session_options()
        options.struct_size = size(of: swiftlet_session_options.self)
        change(&options)
        return try Owned(swiftlet_session_release) {
            swiftlet_session_open(model.raw, &options, $0, $1)
        }
    }

    static func chat(_ model: Owned) throws -> Owned {
        try Owned(swiftlet_chat_release) { swiftlet_chat_open(model.raw, nil, $0, $1) }
    }

    static func cancellation() throws -> Owned {
        try Owned(swiftlet_cancellation_release) { swiftlet_cancellation_create($0, $1) }
    }
}

func size<T>(of type: T.Type) -> UInt32 { UInt32(MemoryLayout<T>.size) }

/// Text that is one, not bytes: calls take a pointer and a size.
func withBytes<Result>(
    _ text: String, _ body: (UnsafePointer<CChar>?, Int) throws -> Result
) rethrows -> Result {
    let bytes = text.utf8.map { CChar(bitPattern: $0) }
    return try bytes.withUnsafeBufferPointer { try body($0.baseAddress, $0.count) }
}

/// Texts as one blob with 64-bit offsets.
func withTexts<Result>(
    _ texts: [[UInt8]], _ body: (inout swiftlet_texts) throws -> Result
) rethrows -> Result {
    var offsets: [Int64] = [0]
    var blob: [CChar] = []
    for text in texts {
        blob += text.map { CChar(bitPattern: $0) }
        offsets.append(Int64(blob.count))
    }
    return try blob.withUnsafeBufferPointer { blob in
        try offsets.withUnsafeBufferPointer { offsets in
            var list = swiftlet_texts()
            list.struct_size = size(of: swiftlet_texts.self)
            list.count = UInt64(texts.count)
            list.data = blob.baseAddress
            list.data_size = UInt64(blob.count)
            list.offsets64 = offsets.baseAddress
            return try body(&list)
        }
    }
}

func withTexts<Result>(_ texts: [String], _ body: (inout swiftlet_texts) throws -> Result) rethrows -> Result {
    try withTexts(texts.map { Array($0.utf8) }, body)
}

/// A buffer's bytes; releases it.
func take(_ buffer: OpaquePointer?) -> [UInt8] {
    defer { swiftlet_buffer_release(buffer) }
    guard let data = swiftlet_buffer_data(buffer) else { return [] }
    return (0..<swiftlet_buffer_size(buffer)).map { UInt8(bitPattern: data[$0]) }
}

func takeText(_ buffer: OpaquePointer?) -> String { String(decoding: take(buffer), as: UTF8.self) }

/// A text of a size that is asked for first.
func text(
    _ body: (UnsafeMutablePointer<CChar>?, Int, UnsafeMutablePointer<Int>, UnsafeMutablePointer<OpaquePointer?>)
        -> swiftlet_status
) throws -> String {
    var needed = 0
    try check { body(nil, 0, &needed, $0) }
    var buffer = [CChar](repeating: 1, count: needed + 1)
    let capacity = buffer.count
    try check { body(&buffer, capacity, &needed, $0) }
    return String(decoding: buffer.prefix(needed).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Calls the body on `count` threads at once, and waits for their results.
///
/// Tasks would not do: other tests may leave them one thread, on which they run one after the other.
func onThreads<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable () -> Result) async -> [Result] {
    let results = AsyncStream<Result>.makeStream()
    for _ in 0..<count {
        Thread.detachNewThread { results.continuation.yield(body()) }
    }
    return await results.stream.prefix(count).reduce(into: []) { $0.append($1) }
}
