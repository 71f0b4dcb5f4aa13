#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where models come from, where they are kept, and who asks.
///
/// The variables are huggingface_hub's, so that one setting holds for Python and for this command.
package struct HubSettings: Sendable {
    /// `https://huggingface.co`, or a mirror of it.
    let endpoint: WebAddress
    /// The folder of the cache.
    package let cacheFolder: String
    /// The endpoint's host, for messages.
    package var host: String { endpoint.host }
    /// Sent to the endpoint alone.
    let token: String?
    package let isOffline: Bool
    /// Seconds without a byte after which a connection is given up.
    package var stallSeconds: Int
    /// Seconds before the second try, doubled for each further one.
    package var firstDelay = 1.0
    /// Tries in a row that bring no byte.
    package var maxTries = 5

    /// - Parameter variable: the value of an environment variable, nil where it is not set.
    package init(_ variable: (String) -> String? = Self.environment) throws(HubError) {
        func value(_ names: String...) -> String? { names.lazy.compactMap(variable).first { !$0.isEmpty } }
        func isTrue(_ name: String) -> Bool {
            ["1", "ON", "YES", "TRUE"].contains(value(name)?.uppercased() ?? "")
        }
        stallSeconds = value("HF_HUB_DOWNLOAD_TIMEOUT").flatMap { Int($0) }.map { min(max($0, 1), 3600) } ?? 30
        let home = value("HOME")
        func expanded(_ path: String) -> String {
            guard let home, path == "~" || path.hasPrefix("~/") else { return path }
            return home + path.dropFirst()
        }
        let endpointText = value("HF_ENDPOINT") ?? "https://huggingface.co"
        do throws(HubError) { endpoint = try WebAddress(endpointText) } catch {
            throw .setting(name: "HF_ENDPOINT", problem: "is \(endpointText.visible): use https://huggingface.co")
        }
        guard endpoint.scheme == "https" || endpoint.isLoopback else {
            throw .setting(name: "HF_ENDPOINT", problem: "is \(endpointText.visible): use https, which hides the token")
        }
        let dataFolder =
            value("HF_HOME").map(expanded) ?? value("XDG_CACHE_HOME").map { expanded($0) + "/huggingface" }
            ?? home.map { $0 + "/.cache/huggingface" }
        guard
            let folder = value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").map(expanded) ?? dataFolder.map({ $0 + "/hub" })
        else {
            throw .setting(name: "HOME", problem: "is not set: name the cache's folder in HF_HUB_CACHE")
        }
        cacheFolder = folder
        isOffline = isTrue("HF_HUB_OFFLINE") || isTrue("TRANSFORMERS_OFFLINE")
        if isTrue("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
            token = nil
        } else if let given = value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") {
            token = try Self.checked(given, "HF_TOKEN")
        } else {
            let path = value("HF_TOKEN_PATH").map(expanded) ?? dataFolder.map { $0 + "/token" }
            if let path, let text = try SmallFile.text(path) {
                token = try Self.checked(text, path)
            } else {
                token = nil
            }
        }
    }

    /// - Parameter source: names the token in a message, which never holds the token itself.
    private static func checked(_ text: String, _ source: String) throws(HubError) -> String? {
        let token = text.trimmed
        if token.isEmpty { return nil }
        guard token.utf8.count <= 1024, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .setting(name: source, problem: "has no token: it must be one line such as hf_...")
        }
        return token
    }

    package static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
