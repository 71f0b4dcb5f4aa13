import Dispatch
import Foundation
import Glibc

/// A client of a server on this machine, which can also send what no client should.
struct HTTPClient: Sendable {
    struct Answer: Sendable {
        let status: Int
        /// Names in lower case.
        let headers: [String: String]
        let body: Data

        var text: String { String(decoding: body, as: UTF8.self) }

        func json() throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:]
        }

        /// The data of the events of a stream.
        var events: [String] {
            text.components(separatedBy: "\n\n").compactMap { event in
                event.split(separator: "\n").first { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
            }
        }
    }

    struct Failure: Error {
        let message: String
    }

    let port: UInt16

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await ask("GET", path, headers: headers, body: nil)
    }

    func post(_ path: String, _ json: [String: Any], headers: [String: String] = [:]) async throws -> Answer {
        let body = try JSONSerialization.data(withJSONObject: json)
        return try await ask(
            "POST", path, headers: ["Content-Type": "application/json"].merging(headers) { $1 }, body: body)
    }

    func ask(
        _ method: String, _ path: String, headers: [String: String], body: Data?
    ) async throws -> Answer {
        var fields = ["Host": "localhost", "Connection": "close"].merging(headers) { $1 }
        if let body { fields["Content-Length"] = String(body.count) }
        let head = "\(method) \(path) HTTP/1.1\r\n" + fields.map { "\($0): \($1)\r\n" }.joined() + "\r\n"
        return try Self.parse(try await exchange(Data(head.utf8) + (body ?? Data())))
    }

    /// Sends bytes, and reads until the server closes the connection.
    func exchange(_ bytes: Data) async throws -> Data {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        let descriptor = try connect()
                        defer { close(descriptor) }
                        var left = bytes[...]
                        while !left.isEmpty {
                            let count = unsafe left.withUnsafeBytes {
                                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                            }
                            guard count > 0 else { break }
                            left = left.dropFirst(count)
                        }
                        var answer = Data()
                        var buffer = [UInt8](repeating: 0, count: 65_536)
                        while true {
                            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
                            guard count > 0 else { return answer }
                            answer += buffer[..<count]
                        }
                    })
            }
        }
    }

    /// A connection, to be closed by the caller.
    func connect() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw Failure(message: "port \(port) cannot be reached")
        }
        return descriptor
    }

    private static func parse(_ data: Data) throws -> Answer {
        guard let end = data.range(of: Data("\r\n\r\n".utf8)) else { throw Failure(message: "no answer") }
        let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        let body = Data(data[end.upperBound...])
        let isChunked = headers["transfer-encoding"] == "chunked"
        return Answer(status: status, headers: headers, body: isChunked ? dechunked(body) : body)
    }

    private static func dechunked(_ data: Data) -> Data {
        var result = Data()
        var left = data[...]
        while let line = left.range(of: Data("\r\n".utf8)),
            let count = Int(String(decoding: left[..<line.lowerBound], as: UTF8.self), radix: 16), count > 0
        {
            result += left[line.upperBound...].prefix(count)
            left = left[line.upperBound...].dropFirst(count + 2)
        }
        return result
    }
}
