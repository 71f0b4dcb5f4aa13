import HTTPTypes

/// Reads `multipart/form-data` (RFC 7578, RFC 2046 §5.1) in the pieces that come, without holding a part in memory.
package struct MultipartParser {
    package enum Event: Equatable {
        /// A part begins: the name of its field, and of its file where it has one.
        case begin(name: String, fileName: String?)
        case data(ArraySlice<UInt8>)
        case end
    }

    private enum State {
        case preamble, behindDelimiter, headers, body, epilogue
    }

    private let delimiter: [UInt8]
    /// Begins with a line's end, which the first delimiter need not have before it.
    private var buffer: [UInt8] = Array("\r\n".utf8)
    private var state = State.preamble
    private var partCount = 0

    private static let maxHeaderBytes = 16 * 1024
    private static let maxParts = 64

    /// - Parameter contentType: the header of the request.
    /// - Throws: ``APIError`` for another type, or without a boundary.
    package init(contentType: String?) throws(APIError) {
        let parts = (contentType ?? "").split(separator: ";").map { $0.trimmingWhitespace() }
        guard parts.first?.lowercased() == "multipart/form-data" else {
            throw APIError(
                .unsupportedMediaType,
                "the Content-Type is \((parts.first ?? "missing").prefix(100)): use multipart/form-data",
                type: "invalid_request_error")
        }
        let boundary = parts.dropFirst().first { $0.lowercased().hasPrefix("boundary=") }?.dropFirst(9)
            .filter { $0 != "\"" }
        guard let boundary, (1...70).contains(boundary.utf8.count) else {
            throw .invalid("the Content-Type has no boundary of 1 to 70 characters")
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Whether the last delimiter has come.
    package var isFinished: Bool { state == .epilogue }

    /// Takes in the next bytes.
    ///
    /// - Throws: ``APIError`` for what is no such form.
    package mutating func append(_ bytes: some Sequence<UInt8>, _ body: (Event) throws -> Void) throws {
        buffer += bytes
        while try step(body) {}
    }

    /// One step on; false where more bytes are needed.
    private mutating func step(_ body: (Event) throws -> Void) throws -> Bool {
        switch state {
        case .preamble:
            guard let place = find(delimiter) else {
                guard buffer.count <= Self.maxHeaderBytes else {
                    throw Self.damaged("it does not begin with its boundary")
                }
                return false
            }
            buffer.removeSubrange(..<(place + delimiter.count))
            state = .behindDelimiter
        case .behindDelimiter:
            guard buffer.count >= 2 else { return false }
            if buffer.starts(with: Array("--".utf8)) {
                state = .epilogue
                return true
            }
            guard let place = find([0x0D, 0x0A]) else {
                guard buffer.count < 256 else { throw Self.damaged("a boundary is followed by something else") }
                return false
            }
            guard buffer[..<place].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
                throw Self.damaged("a boundary is followed by something else")
            }
            // The end of this line is that before the first header.
            buffer.removeSubrange(..<place)
            state = .headers
        case .headers:
            guard let place = find(Array("\r\n\r\n".utf8)), place <= Self.maxHeaderBytes else {
                guard buffer.count <= Self.maxHeaderBytes else { throw Self.damaged("a part's headers are too large") }
                return false
            }
            partCount += 1
            guard partCount <= Self.maxParts else { throw Self.damaged("it has more than \(Self.maxParts) parts") }
            let headers = String(decoding: buffer[..<place], as: UTF8.self)
            buffer.removeSubrange(..<(place + 4))
            try body(Self.begin(headers))
            state = .body
        case .body:
            if let place = find(delimiter) {
                if place > 0 { try body(.data(buffer[..<place])) }
                try body(.end)
                buffer.removeSubrange(..<(place + delimiter.count))
                state = .behindDelimiter
                return true
            }
            let free = buffer.count - (delimiter.count - 1)
            guard free > 0 else { return false }
            try body(.data(buffer[..<free]))
            buffer.removeSubrange(..<free)
            return false
        case .epilogue:
            buffer.removeAll()
            return false
        }
        return true
    }

    private static func begin(_ headers: String) throws(APIError) -> Event {
        let disposition = headers.split(whereSeparator: \.isNewline).first {
            $0.lowercased().hasPrefix("content-disposition:")
        }
        guard let disposition, let name = parameter("name", of: disposition) else {
            throw damaged("a part has no name")
        }
        return .begin(name: name, fileName: parameter("filename", of: disposition))
    }

    /// The value of `key="value"`.
    private static func parameter(_ key: String, of header: Substring) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let part = part.trimmingWhitespace()
            guard part.lowercased().hasPrefix(key + "=") else { continue }
            return part.dropFirst(key.count + 1).filter { $0 != "\"" }
        }
        return nil
    }

    private func find(_ pattern: [UInt8]) -> Int? {
        let bytes = buffer.span
        var place = 0
        while place <= bytes.count - pattern.count {
            var length = 0
            while length < pattern.count, bytes[place + length] == pattern[length] { length += 1 }
            if length == pattern.count { return place }
            place += 1
        }
        return nil
    }

    private static func damaged(_ problem: String) -> APIError { .invalid("the form is damaged: \(problem)") }
}
