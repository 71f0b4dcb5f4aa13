internal import CPage
import HTTPTypes
import Hummingbird
import Look
import NIOCore

/// The page and the files that it is made of, which are part of the program.
struct PageRoutes: Sendable {
    /// Files by their names, and the tag by which browsers know that theirs is the same.
    private let files: [String: (body: ByteBuffer, type: String, tag: String)]

    /// This origin alone: no inline code, no frames, no forms elsewhere. Recordings are played from memory.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        + "media-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// The page with a text box shows what the server makes in a frame from memory, which has this policy, too, beside its own:
    /// it allows the style and the script of that page, by what they are.
    private static let lookPolicy =
        policy.replacing("script-src 'self'", with: "script-src 'self' \(LookPage.scriptSource)")
        .replacing("style-src 'self'", with: "style-src 'self' \(LookPage.styleSource)")
        .replacing("img-src 'self'", with: "img-src 'self' data:") + "; frame-src blob:"

    private static let types = [
        "html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml",
    ]

    init() {
        var count = 0
        let start = unsafe swl_page_files(&count)
        let all = unsafe UnsafeBufferPointer(start: start, count: count)
        var files: [String: (body: ByteBuffer, type: String, tag: String)] = [:]
        for index in all.indices {
            let file = unsafe all[index]
            let name = unsafe String(cString: file.name)
            let bytes = unsafe [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.size))
            let type = Self.types[name.split(separator: ".").last.map(String.init) ?? ""] ?? "text/plain"
            files[name] = (ByteBuffer(bytes: bytes), "\(type); charset=utf-8", "\"\(Self.hash(bytes))\"")
        }
        self.files = files
    }

    /// - Throws: ``APIError`` where the page has no such file.
    func file(_ name: String, _ request: Request) throws(APIError) -> Response {
        guard let file = files[name] else { throw .notFound("the page has no file \(name.prefix(100))") }
        var headers: HTTPFields = [
            .contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache",
            .contentSecurityPolicy: name == "look.html" ? Self.lookPolicy : Self.policy,
        ]
        for (name, value) in [
            ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Permissions-Policy", "microphone=(self), camera=(), geolocation=()"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        if request.headers[.ifNoneMatch] == file.tag { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.body))
    }

    /// FNV-1a: tells versions of a file apart, nothing more.
    private static func hash(_ bytes: [UInt8]) -> String {
        let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
