#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder for one test's files, removed with them at its end.
package struct TemporaryFolder: ~Copyable {
    package let path: String

    package struct Failure: Error {
        let call: String
        let errno: CInt
    }

    package init() throws {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = [CChar]("\(base)/swiftlet-test-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
            guard let start = buffer.baseAddress, let path = unsafe mkdtemp(start) else { return nil }
            return unsafe String(cString: path)
        }
        guard let made else { throw Failure(call: "mkdtemp", errno: errno) }
        path = made
    }

    deinit {
        for name in names { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// The files in it, sorted.
    package var names: [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The path of a file in it.
    package func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a file and returns its path.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = path(name)
        guard let file = unsafe fopen(path, "wb") else { throw Failure(call: "fopen", errno: errno) }
        let written = unsafe fwrite(bytes, 1, bytes.count, file)
        guard unsafe fclose(file) == 0, written == bytes.count else { throw Failure(call: "fwrite", errno: errno) }
        return path
    }

    package func remove(_ name: String) throws {
        guard unsafe unlink(path(name)) == 0 else { throw Failure(call: "unlink", errno: errno) }
    }

    /// Reads the whole of a file.
    package func read(_ name: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path(name), "rb") else { throw Failure(call: "fopen", errno: errno) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe fread(&chunk, 1, chunk.count, file)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }
}
