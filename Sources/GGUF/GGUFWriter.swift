#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes a GGUF file, version 3, in one pass: the header first, then the tensors' bytes as they come.
///
/// The bytes go to a temporary file beside `path`, which takes its name in ``finish()``. A writer that is dropped
/// before leaves nothing behind, and what was at `path` stays.
package struct GGUFWriter: ~Copyable {
    private let path: String
    private let file: FileDescriptor
    private let alignment: Int
    private let tensors: [(name: String, byteCount: Int)]
    /// The tensor whose turn it is, and how many of its bytes are written.
    private var current = 0
    private var written = 0
    private var isFinished = false

    /// Creates the temporary file and writes the header.
    ///
    /// - Throws: ``GGUFError/cannotWrite(path:_:)`` when the contents break a rule of the format,
    ///   ``GGUFError/system(call:path:errno:)``.
    package init(path: String, contents: GGUFContents) throws(GGUFError) {
        let header: [UInt8]
        let byteCounts: [Int]
        do throws(WriteError) {
            (header, byteCounts) = try contents.encoded()
        } catch {
            throw .cannotWrite(path: path, error)
        }
        file = try Self.createTemporary(beside: path, holding: header)
        self.path = path
        alignment = contents.alignment
        tensors = zip(contents.tensors, byteCounts).map { ($0.name, $1) }
    }

    deinit {
        if !isFinished { unsafe unlink(file.path) }
    }

    /// Writes the next bytes of a tensor, which may come in any number of pieces.
    ///
    /// - Parameter name: the first tensor, in the order of the contents, that is not complete.
    /// - Throws: ``GGUFError/cannotWrite(path:_:)`` for another tensor or too many bytes,
    ///   ``GGUFError/system(call:path:errno:)``.
    package mutating func append(_ bytes: RawSpan, to name: String) throws(GGUFError) {
        guard current < tensors.count, tensors[current].name == name else {
            let expected = current < tensors.count ? tensors[current].name : nil
            throw .cannotWrite(path: path, .order(expected: expected, found: name))
        }
        let byteCount = tensors[current].byteCount
        guard bytes.byteCount <= byteCount - written else {
            throw .cannotWrite(path: path, .excess(tensor: name, byteCount: byteCount))
        }
        try file.write(bytes)
        written += bytes.byteCount
        guard written == byteCount else { return }
        let padding = [UInt8](repeating: 0, count: Alignment.padding(at: byteCount, to: alignment))
        try file.write(padding.span.raw)
        current += 1
        written = 0
    }

    /// Puts the file in its place, once all is on the disk.
    ///
    /// - Throws: ``GGUFError/cannotWrite(path:_:)`` when a tensor lacks bytes, ``GGUFError/system(call:path:errno:)``.
    package consuming func finish() throws(GGUFError) {
        if current < tensors.count {
            let (name, byteCount) = tensors[current]
            throw .cannotWrite(path: path, .incomplete(tensor: name, written: written, byteCount: byteCount))
        }
        try file.synchronize()
        guard unsafe rename(file.path, path) == 0 else {
            throw .system(call: "rename", path: path, errno: errno)
        }
        isFinished = true
    }

    private static func createTemporary(
        beside path: String, holding header: [UInt8]
    ) throws(GGUFError) -> FileDescriptor {
        let file = try createTemporary(beside: path)
        do throws(GGUFError) {
            try file.write(header.span.raw)
        } catch {
            unsafe unlink(file.path)
            throw error
        }
        return file
    }

    private static func createTemporary(beside path: String) throws(GGUFError) -> FileDescriptor {
        var attempt = 0
        while true {
            do throws(GGUFError) {
                return try FileDescriptor.creating("\(path).\(getpid())-\(attempt).tmp")
            } catch {
                // Another writer of this process, or one left by a process that was killed.
                guard case .system(_, _, EEXIST) = error, attempt < 100 else { throw error }
                attempt += 1
            }
        }
    }
}
