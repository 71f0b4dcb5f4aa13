import Foundation
import HTTPTypes
import Hummingbird

/// Who may ask: by the name that the server is called by, the site that a page is of, and a key.
struct AccessRules: Sendable {
    private let keys: [[UInt8]]
    private let origins: [String]
    private let hosts: Set<String>
    private let checksHost: Bool

    /// What needs no key: whether the server is well, and the page, which asks for the key.
    private static let open: Set<String> = ["/health", "/v1/health", "/", "/look"]

    init(_ options: ServerOptions) {
        keys = options.keys.map { Array($0.utf8) }
        origins = options.corsOrigins.map { $0.lowercased() }
        var hosts = Set(options.allowedHosts.map { $0.lowercased() })
        let own = ProcessInfo.processInfo.hostName.lowercased()
        hosts.formUnion(["localhost", own, own.split(separator: ".").first.map { "\($0).local" } ?? own])
        self.hosts = hosts
        // A page that has its own name lead to this machine (DNS rebinding) has no key, and no socket's path.
        checksHost = options.keys.isEmpty && options.unixSocket == nil
    }

    /// - Returns: an answer that needs no more work; nil where there is none.
    /// - Throws: ``APIError`` for a request that is refused.
    func check(_ request: Request) throws(APIError) -> Response? {
        let host = try host(request)
        if let origin = request.headers[.origin] {
            let isOwn = Self.authority(of: origin) == host && !host.isEmpty
            guard isOwn || isAllowed(origin) else {
                throw APIError(
                    .forbidden, "pages of \(origin.prefix(200)) may not use this server: start it with --cors-origin",
                    type: "permission_error", code: "origin_not_allowed")
            }
            if request.method == .options { return preflight(request) }
        }
        guard keys.isEmpty || isOpen(request) || isKey(request) else {
            throw APIError(
                .unauthorized, "the API key is missing or wrong: send Authorization: Bearer KEY",
                type: "authentication_error", code: "invalid_api_key")
        }
        return nil
    }

    private func isOpen(_ request: Request) -> Bool {
        request.method == .get && (Self.open.contains(request.uri.path) || request.uri.path.hasPrefix("/page/"))
    }

    // MARK: Host

    /// The name that the client calls the server by, with the port.
    private func host(_ request: Request) throws(APIError) -> String {
        guard let authority = request.head.authority?.lowercased(), !authority.isEmpty else {
            guard !checksHost else {
                throw APIError(.badRequest, "the Host header is missing", type: "invalid_request_error")
            }
            return ""
        }
        guard !checksHost || isOwn(Self.withoutPort(authority)) else {
            throw APIError(
                .forbidden, "this server is not called \(authority.prefix(200)): start it with --allowed-host",
                type: "permission_error", code: "host_not_allowed")
        }
        return authority
    }

    private func isOwn(_ name: String) -> Bool {
        hosts.contains(name) || name.hasSuffix(".localhost") || Self.isAddress(name)
    }

    /// Addresses are not names that somebody could have lead here.
    private static func isAddress(_ name: String) -> Bool {
        if name.hasPrefix("["), name.hasSuffix("]") { return name.contains(":") }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func withoutPort(_ authority: String) -> String {
        guard let colon = authority.lastIndex(of: ":"), authority[colon...].dropFirst().allSatisfy(\.isNumber) else {
            return authority
        }
        return String(authority[..<colon])
    }

    // MARK: Origin

    private func isAllowed(_ origin: String) -> Bool {
        origins.contains("*") || origins.contains(origin.lowercased())
    }

    private static func authority(of origin: String) -> String {
        origin.lowercased().split(separator: "/", omittingEmptySubsequences: true).dropFirst().first.map(String.init)
            ?? ""
    }

    private func preflight(_ request: Request) -> Response {
        var headers: HTTPFields = [:]
        headers[.accessControlAllowMethods] = "GET, POST, OPTIONS"
        headers[.accessControlAllowHeaders] = "authorization, content-type, x-api-key, anthropic-version"
        headers[.accessControlMaxAge] = "600"
        return Response(status: .noContent, headers: headers)
    }

    /// What tells browsers how to treat an answer.
    func addHeaders(to response: inout Response, for request: Request) {
        response.headers[.xContentTypeOptions] = "nosniff"
        guard let origin = request.headers[.origin], isAllowed(origin) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.vary] = "Origin"
    }

    // MARK: Keys

    private func isKey(_ request: Request) -> Bool {
        var given = HTTPField.Name("X-Api-Key").flatMap { request.headers[$0] } ?? ""
        if let authorization = request.headers[.authorization], authorization.lowercased().hasPrefix("bearer ") {
            given = authorization.dropFirst(7).trimmingWhitespace()
        }
        let bytes = Array(given.utf8)
        // All keys are compared, so that the time tells nothing.
        return keys.reduce(false) { Self.areEqual($1, bytes) || $0 }
    }

    /// Takes a time that depends on the length of `given` alone.
    static func areEqual(_ key: [UInt8], _ given: [UInt8]) -> Bool {
        var difference = key.count ^ given.count
        for (index, byte) in given.enumerated() {
            difference |= Int(byte ^ (index < key.count ? key[index] : ~byte))
        }
        return difference == 0 && !key.isEmpty
    }
}
