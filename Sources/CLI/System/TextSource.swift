import Foundation
import GGUF

/// Where a text comes from.
enum TextSource {
    case text(String)
    /// A path; `-` is standard input.
    case file(String)
    case standardInput

    /// The text's bytes as they are; they need not be UTF-8.
    func read() throws(Failure) -> [UInt8] {
        switch self {
        case .text(let text): return Array(text.utf8)
        case .standardInput, .file("-"):
            let input = Descriptor(raw: STDIN_FILENO, name: "standard input")
            InputFiles.add(descriptor: input.raw, path: input.name)
            return try input.readAll()
        case .file(let path):
            let raw = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard raw >= 0 else { throw .system("open", path.isEmpty ? "\"\"" : path, errno) }
            defer { close(raw) }
            InputFiles.add(descriptor: raw, path: path)
            return try Descriptor(raw: raw, name: path).readAll()
        }
    }

    /// Whether standard input is a file or pipe, not a person.
    static var standardInputIsGiven: Bool { isatty(STDIN_FILENO) == 0 }
}
