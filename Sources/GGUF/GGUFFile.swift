/// A model file: metadata and tensors, mapped into memory and checked. Immutable, so any thread may read it.
///
/// Opening reads the header only. Compressed files (zstd) are decompressed to memory first; split models are opened by
/// any one of their parts.
package final class GGUFFile: Sendable {
    /// The path it was opened by, or the name given to static bytes.
    package let path: String
    /// The version of the format, 2 or 3.
    package var version: Int { Int(parts[0].header.version) }
    /// The alignment of tensors' offsets.
    package var alignment: Int { parts[0].header.alignment }
    /// Of a split model, the first part's.
    package let metadata: Metadata
    /// In file order, over all parts.
    package let tensors: [TensorInfo]
    private let index: [String: Int]
    private let parts: [FilePart]

    /// Opens the model at `path`.
    ///
    /// - Parameters:
    ///   - isReplaceable: whether an output of this process may take the file's name while it is open.
    ///   - decompressionLimit: max bytes that compressed files may grow to, all parts together.
    /// - Throws: ``GGUFError``, which names the path, and the offset, key or tensor that is wrong.
    package convenience init(
        path: String, isReplaceable: Bool = false, decompressionLimit: Int = DecompressionLimit.standard
    ) throws(GGUFError) {
        var budget = decompressionLimit
        let part = try FilePart(path: path, isReplaceable: isReplaceable, budget: &budget)
        try self.init(part, parts: part.siblings(isFile: true, budget: &budget))
    }

    /// Opens a model that is part of the program, with the same checks.
    ///
    /// - Parameters:
    ///   - bytes: valid and constant until the process ends, starting at a multiple of 8.
    ///   - name: stands for the path in messages.
    ///   - decompressionLimit: max bytes that a compressed model may grow to.
    @unsafe package convenience init(
        staticBytes bytes: UnsafeRawBufferPointer, name: String,
        decompressionLimit: Int = DecompressionLimit.standard
    ) throws(GGUFError) {
        var budget = decompressionLimit
        let part = try FilePart(unsafe MappedFile(staticBytes: bytes, name: name), budget: &budget)
        try self.init(part, parts: part.siblings(isFile: false, budget: &budget))
    }

    /// Opens a copy of a file's bytes, with the same checks.
    ///
    /// - Parameters:
    ///   - name: stands for the path in messages.
    ///   - decompressionLimit: max bytes that compressed ones may grow to.
    package convenience init(
        copying bytes: [UInt8], name: String, decompressionLimit: Int = DecompressionLimit.standard
    ) throws(GGUFError) {
        let file = try FileDescriptor.anonymous(path: name)
        try file.write(bytes.span.raw)
        var budget = decompressionLimit
        let part = try FilePart(MappedFile(mapping: file), budget: &budget)
        try self.init(part, parts: part.siblings(isFile: false, budget: &budget))
    }

    private init(_ opened: FilePart, parts: [FilePart]) throws(GGUFError) {
        path = opened.path
        self.parts = parts
        metadata = Metadata(parts[0])
        if parts.count == 1 {
            tensors = opened.header.tensors
            index = opened.header.tensorIndex
        } else {
            (tensors, index) = try Self.joined(parts)
        }
    }

    /// The tensor of that name, nil when there is none.
    package func tensor(named name: String) -> TensorInfo? { index[name].map { tensors[$0] } }

    /// A tensor's bytes in the map, `tensor.byteCount` long.
    ///
    /// - Parameter tensor: one of ``tensors``.
    @_lifetime(borrow self)
    package func bytes(of tensor: TensorInfo) -> RawSpan {
        // The compiler cannot see that the parts in a `let` of a class live as long as the object.
        let file = unsafe RawSpan(_unsafeBytes: parts[tensor.part].buffer)
        let bytes = file.extracting(tensor.offset..<tensor.offset + tensor.byteCount)
        return unsafe _overrideLifetime(bytes, borrowing: self)
    }

    /// A model whose metadata and tensors stand in a file of another format.
    ///
    /// A tensor that is misaligned for its type is copied to aligned memory; all others stay in the map.
    ///
    /// - Parameters:
    ///   - metadata: without tensors.
    ///   - tensors: names are all different; `offset` counts from the start of `file`.
    /// - Throws: ``GGUFError/format(path:_:)`` for a tensor outside the file, ``GGUFError/system(call:path:errno:)``.
    package convenience init(
        reading file: consuming MappedFile, metadata: GGUFContents, tensors: [TensorInfo]
    ) throws(GGUFError) {
        let path = file.path
        var moved = tensors
        var copies = try MappedFile.alignedCopies(of: &moved, in: file)
        var parts = [try FilePart(metadata: metadata, path: path), FilePart(file)]
        if let copies = copies.take() { parts.append(FilePart(copies)) }
        self.init(path: path, parts: parts, tensors: moved)
    }

    private init(path: String, parts: [FilePart], tensors: [TensorInfo]) {
        self.path = path
        self.parts = parts
        self.tensors = tensors
        metadata = Metadata(parts[0])
        index = Dictionary(tensors.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    private static func joined(_ parts: [FilePart]) throws(GGUFError) -> ([TensorInfo], [String: Int]) {
        var tensors: [TensorInfo] = []
        var index: [String: Int] = [:]
        for (number, part) in parts.enumerated() {
            for var tensor in part.header.tensors {
                guard index.updateValue(tensors.count, forKey: tensor.name) == nil else {
                    throw .split(path: part.path, .duplicateTensor(name: tensor.name))
                }
                tensor.part = number
                tensors.append(tensor)
            }
        }
        return (tensors, index)
    }
}
