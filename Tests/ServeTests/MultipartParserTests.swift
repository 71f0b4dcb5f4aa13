import Serve
import Testing

struct MultipartParserTests {
    private static let form = """
        --line\r
        Content-Disposition: form-data; name="model"\r
        \r
        speech\r
        --line\r
        Content-Disposition: form-data; name="file"; filename="a b.wav"\r
        Content-Type: audio/wav\r
        \r
        RI\r
        --lin\r
        FF\r
        --line\r
        Content-Disposition: form-data; name="empty"\r
        \r
        \r
        --line--\r

        """

    private static func parts(_ text: String, piece: Int) throws -> [String] {
        var parser = try MultipartParser(contentType: "multipart/form-data; boundary=\"line\"")
        var parts: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try parser.append(bytes[start..<min(start + piece, bytes.count)]) { event in
                switch event {
                case .begin(let name, let fileName): parts.append("\(name),\(fileName ?? "")=")
                case .data(let data): parts[parts.count - 1] += String(decoding: data, as: UTF8.self)
                case .end: break
                }
            }
        }
        #expect(parser.isFinished)
        return parts
    }

    @Test(arguments: [1, 2, 3, 7, 20, 1000])
    func `parts are the same in whatever pieces they come`(piece: Int) throws {
        #expect(
            try Self.parts(Self.form, piece: piece) == ["model,=speech", "file,a b.wav=RI\r\n--lin\r\nFF", "empty,="])
    }

    @Test(arguments: [
        "", "text/plain", "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\(String(repeating: "x", count: 71))",
    ])
    func `other types and boundaries are refused`(type: String) {
        #expect(throws: APIError.self) { try MultipartParser(contentType: type) }
    }

    @Test(arguments: [
        "", "--line", "--line\r\n\r\nno name\r\n--line--", "--linea\r\nb\r\n--line--",
        "--line\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
    ])
    func `damaged forms are refused, or not finished`(text: String) {
        func isWhole() throws -> Bool {
            var parser = try MultipartParser(contentType: "multipart/form-data; boundary=line")
            try parser.append(Array(text.utf8)) { _ in }
            return parser.isFinished
        }
        #expect((try? isWhole()) != true)
    }
}
