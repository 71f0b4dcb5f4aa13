internal import GGUF
internal import JSON

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A folder with a model as Hugging Face stores it.
struct ModelFolder: Sendable {
    let path: String

    init(_ path: String) {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        self.path = String(path)
    }

    /// The folder's own name.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    var isFile: Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }

    func has(_ name: String) -> Bool { unsafe access(path(name), F_OK) == 0 }

    /// All of a file; nil when there is none of that name.
    func bytes(_ name: String) throws(ConversionError) -> [UInt8]? {
        guard has(name) else { return nil }
        do throws(GGUFError) {
            return try MappedFile(path: path(name)).bytes.copy
        } catch {
            if case .emptyFile = error { return [] }
            throw .file(error)
        }
    }

    /// JSON as Python writes it, with numbers that are not finite.
    func json(_ name: String) throws(ConversionError) -> JSONValue? {
        guard let bytes = try bytes(name) else { return nil }
        do throws(JSONError) {
            return try JSONParser.parse(bytes.span, allowsNonFinite: true)
        } catch {
            throw .json(error, path: path(name))
        }
    }

    func text(_ name: String) throws(ConversionError) -> String? {
        guard let bytes = try bytes(name) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .tokenizer("a text that is not UTF-8", path: path(name))
        }
        return text
    }
}
