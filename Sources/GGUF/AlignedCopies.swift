extension MappedFile {
    /// Copies, end to end, of the tensors that begin where their elements cannot be read; nil where all can be.
    ///
    /// - Parameter tensors: of `file`, which becomes part 1; those that are copied then lie in part 2.
    /// - Throws: ``GGUFError/format(path:_:)`` for a tensor outside the file, ``GGUFError/system(call:path:errno:)``.
    static func alignedCopies(
        of tensors: inout [TensorInfo], in file: borrowing MappedFile
    ) throws(GGUFError) -> MappedFile? {
        let available = file.bytes.byteCount
        var copies: FileDescriptor?
        var end = 0
        for index in tensors.indices {
            let tensor = tensors[index]
            guard tensor.offset >= 0, tensor.byteCount <= available, tensor.offset <= available - tensor.byteCount
            else {
                let place = TensorError.outsideFile(
                    offset: UInt64(clamping: tensor.offset), byteCount: tensor.byteCount, available: available)
                throw .format(path: file.path, .tensor(name: tensor.name, place))
            }
            tensors[index].part = 1
            guard tensor.offset % tensor.type.alignment != 0 else { continue }
            let output = if let opened = copies.take() { opened } else { try FileDescriptor.anonymous(path: file.path) }
            try output.write(file.bytes.extracting(tensor.offset..<tensor.offset + tensor.byteCount))
            let padding = Alignment.padding(at: tensor.byteCount, to: Alignment.standard)
            try output.write([UInt8](repeating: 0, count: padding).span.raw)
            tensors[index].part = 2
            tensors[index].offset = end
            end += tensor.byteCount + padding
            copies = consume output
        }
        guard let copies = copies.take() else { return nil }
        return try MappedFile(mapping: copies)
    }
}

extension TensorType {
    /// The alignment of addresses that kernels read elements from: blocks begin with a float16.
    var alignment: Int { self == .F32 ? 4 : 2 }
}
