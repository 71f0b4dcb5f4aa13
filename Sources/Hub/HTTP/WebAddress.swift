/// An http or https address, taken apart strictly, so that no other reader of it sees another host.
struct WebAddress: Equatable, Sendable {
    /// `http` or `https`.
    let scheme: String
    /// In small letters; IPv6 in brackets.
    let host: String
    let port: Int
    /// From the first slash on, with the query, without the fragment.
    let target: String

    var text: String { "\(scheme)://\(host)\(isDefaultPort ? "" : ":\(port)")\(target)" }

    /// For messages: queries of download links hold signatures.
    var textWithoutQuery: String { text.divided(at: "?").0 }

    private var isDefaultPort: Bool { port == (scheme == "https" ? 443 : 80) }

    /// Whether both are the same server, which alone may see a token.
    func hasOrigin(of other: WebAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether it is this machine.
    var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }

    init(_ text: String) throws(HubError) {
        guard text.utf8.count <= 8192, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.contains("\\") else {
            throw .address(url: text, problem: "it has characters that no address has, or too many")
        }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw .address(url: text, problem: "it does not begin with https://")
        }
        scheme = text[..<colon].lowercased()
        guard scheme == "https" || scheme == "http" else {
            throw .address(url: text, problem: "it does not begin with https://")
        }
        let rest = text[colon...].dropFirst(3).prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest[authority.endIndex...]
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
        guard let (host, port) = Self.hostAndPort(authority.lowercased()) else {
            throw .address(url: text, problem: "its host or port cannot be read")
        }
        self.host = host
        self.port = port ?? (scheme == "https" ? 443 : 80)
    }

    private static func hostAndPort(_ authority: String) -> (String, Int?)? {
        var host = authority
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            host = String(authority[..<colon])
            let digits = authority[colon...].dropFirst()
            guard digits.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains), let number = Int(digits),
                (1...65_535).contains(number)
            else { return nil }
            port = number
        }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let inner = isBracketed ? String(host.dropFirst().dropLast()) : host
        let allowed = isBracketed ? "0123456789abcdef:." : "abcdefghijklmnopqrstuvwxyz0123456789-."
        guard !inner.isEmpty, inner.utf8.count <= 253, inner.allSatisfy(allowed.contains) else { return nil }
        return (host, port)
    }

    /// The address that a `Location` field at this address means (RFC 3986, 5.2).
    func resolving(_ location: String) throws(HubError) -> WebAddress {
        let beginning = location.lowercased()
        if beginning.hasPrefix("http://") || beginning.hasPrefix("https://") { return try WebAddress(location) }
        if location.hasPrefix("//") { return try WebAddress("\(scheme):\(location)") }
        let origin = "\(scheme)://\(host):\(port)"
        if location.hasPrefix("/") { return try WebAddress(origin + location) }
        let path = target.divided(at: "?").0
        guard !location.divided(at: "/").0.contains(":"), let slash = path.lastIndex(of: "/") else {
            throw .address(url: location, problem: "a redirect to something else than https")
        }
        return try WebAddress(origin + path[...slash] + location)
    }
}
