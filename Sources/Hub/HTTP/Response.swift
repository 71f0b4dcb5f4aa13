/// Status and fields of an HTTP answer.
struct ResponseHead {
    private(set) var status = 0
    /// Names in small letters.
    private var fields: [(name: String, value: String)] = []

    /// The last field of that name, which is in small letters.
    subscript(name: String) -> String? { fields.last { $0.name == name }?.value }

    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
    var hasContent: Bool { status == 200 || status == 206 }

    /// Takes a line as it came, from `HTTP/1.1 200 OK` on. A second status line begins a new head: the one before was a
    /// proxy's, or `100 Continue`.
    mutating func append(_ line: String) {
        let line = line.trimmed
        if line.hasPrefix("HTTP/") {
            let words = line.split(separator: " ")
            self = ResponseHead()
            status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        } else if case (let name, let value?) = line.divided(at: ":") {
            fields.append((name.lowercased(), value.trimmed))
        }
    }
}

/// Takes the body of an answer whose status is 200 or 206.
protocol BodySink: AnyObject {
    func take(_ bytes: Span<UInt8>, of head: ResponseHead) throws(HubError)
}

/// Keeps a body in memory, up to a limit.
final class TextSink: BodySink {
    private(set) var bytes: [UInt8] = []
    private let limit: Int
    private let url: String

    init(limit: Int, url: String) {
        self.limit = limit
        self.url = url
    }

    func take(_ bytes: Span<UInt8>, of head: ResponseHead) throws(HubError) {
        guard bytes.count <= limit - self.bytes.count else {
            throw .answer(url: url, problem: "the answer is larger than \(limit / 1_000_000) MB")
        }
        for index in bytes.indices { self.bytes.append(bytes[index]) }
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { " \t\r\n".unicodeScalars.contains(scalar) }
        let start = unicodeScalars.firstIndex { !isSpace($0) } ?? unicodeScalars.endIndex
        guard let last = unicodeScalars.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(self[start...last])
    }
}
