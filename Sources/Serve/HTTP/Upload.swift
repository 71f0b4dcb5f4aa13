import Hummingbird
import NIOCore

/// A form with a file: the file on the disk, the other fields in memory.
struct Upload: Sendable {
    let file: TemporaryFile
    /// By name, in order; a name may come more than once.
    private let values: [(name: String, value: String)]

    private static let maxFieldBytes = 64 * 1024

    /// Reads a request's body to its end.
    ///
    /// - Throws: ``APIError`` for what is no form, has no file, is too large or too slow.
    init(_ request: Request, _ context: ServerContext, limit: Int) async throws {
        var parser = try MultipartParser(contentType: request.headers[.contentType])
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw APIError.tooLarge(limit)
        }
        var reader = FormReader(maxFieldBytes: Self.maxFieldBytes)
        let pace = Pace()
        var total = 0
        // One that sends nothing at all is cut off by the connection's idle time.
        for try await chunk in request.body {
            total += chunk.readableBytes
            guard total <= limit else { throw APIError.tooLarge(limit) }
            try pace.check(total)
            try parser.append(chunk.readableBytesView) { try reader.take($0) }
        }
        context.body.markRead()
        guard parser.isFinished else { throw APIError.invalid("the form is damaged: its last boundary is missing") }
        guard let file = reader.file else { throw APIError.invalid("file is missing", param: "file") }
        self.file = file
        values = reader.values
    }

    /// The last value of a name.
    subscript(name: String) -> String? { values.last { $0.name == name }?.value }

    /// All values of a name.
    func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }
}

/// Sorts the parts of a form.
private struct FormReader {
    let maxFieldBytes: Int
    var file: TemporaryFile?
    var values: [(name: String, value: String)] = []
    private var name = ""
    private var isFile = false
    private var bytes: [UInt8] = []

    init(maxFieldBytes: Int) { self.maxFieldBytes = maxFieldBytes }

    mutating func take(_ event: MultipartParser.Event) throws {
        switch event {
        case .begin(let name, _):
            self.name = name
            isFile = name == "file"
            bytes = []
            if isFile { file = try TemporaryFile() }
        case .data(let part):
            if isFile { return try file?.write(part) ?? () }
            guard bytes.count + part.count <= maxFieldBytes else {
                throw APIError.invalid("the field \(name.prefix(40)) is too large", param: String(name.prefix(40)))
            }
            bytes += part
        case .end:
            guard !isFile else { return }
            guard let value = String(validating: bytes, as: UTF8.self) else {
                throw APIError.invalid("the field \(name.prefix(40)) is not UTF-8", param: String(name.prefix(40)))
            }
            values.append((name, value))
        }
    }
}

/// Cuts clients off that send too slowly.
private struct Pace {
    private let start = ContinuousClock.now

    /// Seconds after which a client must have sent this many bytes a second.
    private static let patience = 30.0
    private static let minRate = 1024.0

    func check(_ total: Int) throws(APIError) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard seconds < Self.patience || Double(total) / seconds >= Self.minRate else {
            throw APIError(
                .requestTimeout, "the request came too slowly", type: "invalid_request_error", code: "too_slow")
        }
    }
}
