/// A file of a repository, at one commit.
struct RepositoryFile: Equatable, Sendable {
    let path: String
    let byteCount: Int
    let digest: FileDigest
}

/// What names a file's bytes, in hexadecimal digits; also the name of its blob in the cache.
enum FileDigest: Equatable, Sendable {
    /// Of files in large file storage.
    case sha256(String)
    /// Of small files: SHA-1 of git's header and the bytes.
    case git(String)

    var name: String {
        switch self {
        case .sha256(let name), .git(let name): name
        }
    }

    /// By the number of digits.
    init?(name: String) {
        guard name.utf8.allSatisfy(Self.isDigit) else { return nil }
        switch name.utf8.count {
        case 64: self = .sha256(name)
        case 40: self = .git(name)
        default: return nil
        }
    }

    static func isCommit(_ text: String) -> Bool { text.utf8.count == 40 && text.utf8.allSatisfy(isDigit) }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
