/// Writes a GGUF file, version 3, in one pass: the header first, then the tensors' bytes as they come.
///
/// The bytes go to a temporary file beside `path`, which takes its name in ``finish()``. A writer that is dropped
/// before leaves nothing behind, and what was at `path` stays.
package struct GGUFWriter: ~Copyable {
    private let path: String
    private var output: TemporaryFile
    private var contents: GGUFContents
    private var tensors: [(name: String, byteCount: Int)]
    /// The tensor whose turn it is, and how many of its bytes are written.
    private var current = 0
    private var written = 0

    /// Creates the temporary file and writes the header.
    ///
    /// - Parameter compressed: writes a zstd stream, with a checksum of all of it.
    /// - Throws: ``GGUFError/cannotWrite(path:_:)`` when the contents break a rule of the format,
    ///   ``GGUFError/system(call:path:errno:)``, ``GGUFError/notWritable(path:found:)``, ``GGUFError/input(path:input:)``.
    package init(path: String, contents: GGUFContents, compressed: Bool = false) throws(GGUFError) {
        let (header, tensors) = try Self.layout(contents, path: path)
        output = try TemporaryFile(beside: path, compressed: compressed, beginning: header)
        self.path = path
        self.contents = contents
        self.tensors = tensors
    }

    /// A writer whose bytes ``finishInMemory()`` returns.
    ///
    /// - Parameter label: stands for the path in messages.
    /// - Throws: as ``init(path:contents:compressed:)``.
    package init(labelled label: String, contents: GGUFContents, compressed: Bool = false) throws(GGUFError) {
        let (header, tensors) = try Self.layout(contents, path: label)
        output = try TemporaryFile(labelled: label, compressed: compressed, beginning: header)
        path = label
        self.contents = contents
        self.tensors = tensors
    }

    private static func layout(
        _ contents: GGUFContents, path: String
    ) throws(GGUFError) -> (header: [UInt8], tensors: [(name: String, byteCount: Int)]) {
        do throws(WriteError) {
            let (header, byteCounts) = try contents.encoded()
            return (header, zip(contents.tensors, byteCounts).map { ($0.name, $1) })
        } catch {
            throw .cannotWrite(path: path, error)
        }
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
        try output.write(bytes)
        written += bytes.byteCount
        guard written == byteCount else { return }
        let padding = [UInt8](repeating: 0, count: Alignment.padding(at: byteCount, to: contents.alignment))
        try output.write(padding.span.raw)
        current += 1
        written = 0
    }

    /// Takes back what was written of a tensor, which becomes one of another type.
    ///
    /// - Parameter name: the tensor whose turn it is, or the last one that is complete.
    /// - Throws: ``GGUFError/cannotWrite(path:_:)`` for another tensor, a type that does not fit its rows, or a
    ///   compressed file; ``GGUFError/system(call:path:errno:)``.
    package mutating func restart(_ name: String, as type: TensorType) throws(GGUFError) {
        let isCurrent = current < tensors.count && tensors[current].name == name
        let index = isCurrent ? current : current - 1
        guard index >= 0, tensors[index].name == name else {
            throw .cannotWrite(
                path: path, .order(expected: current < tensors.count ? tensors[current].name : nil, found: name))
        }
        contents.setType(type, ofTensorAt: index)
        let (header, tensors) = try Self.layout(contents, path: path)
        let start = tensors[..<index].reduce(header.count) { sum, tensor in
            sum + tensor.byteCount + Alignment.padding(at: tensor.byteCount, to: contents.alignment)
        }
        try output.rewind(to: start, beginning: header)
        self.tensors = tensors
        current = index
        written = 0
    }

    /// Puts the file in its place, once all is on the disk.
    ///
    /// - Throws: ``GGUFError/cannotWrite(path:_:)`` when a tensor lacks bytes, ``GGUFError/system(call:path:errno:)``.
    package consuming func finish() throws(GGUFError) {
        try checkCompleteness()
        try output.finish()
    }

    /// All bytes of the file, of a writer that was made without a path.
    ///
    /// - Throws: as ``finish()``.
    package consuming func finishInMemory() throws(GGUFError) -> [UInt8] {
        try checkCompleteness()
        return try output.finishInMemory()
    }

    private func checkCompleteness() throws(GGUFError) {
        guard current < tensors.count else { return }
        let (name, byteCount) = tensors[current]
        throw .cannotWrite(path: path, .incomplete(tensor: name, written: written, byteCount: byteCount))
    }
}
