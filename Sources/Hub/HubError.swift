#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why a model could not be fetched, found or removed.
package enum HubError: Error, Equatable {
    /// A name that is no `owner/repo[@revision][:QUANT or file]`.
    case reference(text: String, problem: String)
    /// An environment variable, or a file that one names.
    case setting(name: String, problem: String)
    /// There is no libcurl on this system.
    case noHTTP
    /// An address that is not asked, such as http outside of this machine.
    case address(url: String, problem: String)
    /// Every try failed to connect, or was cut short.
    case unreachable(host: String, problem: String, tries: Int)
    /// The server refused, by an HTTP status.
    case refused(host: String, status: Int, problem: String)
    /// An answer that is not what was asked for.
    case answer(url: String, problem: String)
    /// No file of the repository fits.
    case noFile(reference: String, files: [String])
    /// The bytes are not those that the repository names.
    case damaged(file: String, expected: String, found: String)
    case noSpace(folder: String, needed: Int, free: Int)
    case offline(action: String)
    case notCached(reference: String)
    case system(call: String, path: String, errno: CInt)
    case cancelled
}

extension HubError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .reference(let text, let problem):
            "\(text.visible) is not a model's name: \(problem); use owner/repo, owner/repo:Q4_K_M or owner/repo:file.gguf"
        case .setting(let name, let problem): "\(name) \(problem)"
        case .noHTTP:
            "downloads need libcurl, which is not installed: apt-get install libcurl4, or fetch the file otherwise and "
                + "use -m FILE"
        case .address(let url, let problem): "\(url.visible) is not asked: \(problem)"
        case .unreachable(let host, let problem, let tries):
            "\(host.visible) cannot be reached after \(tries) tries: \(problem.visible); what arrived is kept, run the "
                + "same command again to go on"
        case .refused(let host, let status, let problem): "\(host.visible) answers \(status): \(problem.visible)"
        case .answer(let url, let problem): "\(url.visible): \(problem.visible)"
        case .noFile(let reference, let files):
            files.isEmpty
                ? "\(reference) has no GGUF file: choose a repository whose name ends in GGUF"
                : "\(reference) is not there; there are: \(Self.list(files))"
        case .damaged(let file, let expected, let found):
            "\(file.visible) arrived damaged: its digest is \(found), not \(expected); it was dropped, try again"
        case .noSpace(let folder, let needed, let free):
            "\(folder) has \(free / 1_000_000) MB left, \(needed / 1_000_000) MB are needed: make room, or name "
                + "another folder in HF_HUB_CACHE"
        case .offline(let action): "\(action) needs the network, and HF_HUB_OFFLINE is set: unset it"
        case .notCached(let reference):
            "\(reference) is not in the cache, and HF_HUB_OFFLINE is set: unset it and use swiftlet pull \(reference)"
        case .system(let call, let path, let code): "\(call) \(path.visible): \(Self.message(code))"
        case .cancelled: "cancelled"
        }
    }

    private static func list(_ files: [String]) -> String {
        let shown = files.prefix(30).map(\.visible).joined(separator: ", ")
        return files.count > 30 ? "\(shown) and \(files.count - 30) more" : shown
    }

    private static func message(_ code: CInt) -> String {
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}

extension String {
    /// With control characters spelt out and not too long: what a server sends must not steer the terminal.
    var visible: String {
        var text = ""
        for scalar in unicodeScalars.prefix(300) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return unicodeScalars.dropFirst(300).isEmpty ? text : text + "..."
    }
}
