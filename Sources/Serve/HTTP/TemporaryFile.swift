import Foundation
import HTTPTypes

/// A file that is there as long as somebody holds it.
final class TemporaryFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// - Throws: ``APIError`` with the status 503 where there is none to be had.
    init() throws(APIError) {
        var template = Array((NSTemporaryDirectory() + "/swiftlet-XXXXXX").utf8CString)
        descriptor = unsafe mkstemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw Self.failure }
    }

    deinit {
        _ = Foundation.close(descriptor)
        _ = unsafe unlink(path)
    }

    /// - Throws: ``APIError`` where the disk is full.
    func write(_ bytes: ArraySlice<UInt8>) throws(APIError) {
        var left = bytes
        while !left.isEmpty {
            let count = unsafe left.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure }
            left = left.dropFirst(count)
        }
    }

    private static var failure: APIError {
        var error = APIError(
            .serviceUnavailable, "the server has no room for the file", type: "server_error", code: "no_space")
        error.retryAfter = 30
        return error
    }
}
