extension MappedFile {
    /// Copies, end to end, of the tensors that begin where their elements cannot be read; nil where all can be.
    ///
    /// - Parameter tensors: of `file`, which becomes part 1; those that are copied then lie in part 2.
    /// - Throws: ``GGUFError/format(path:_:)`` for a tensor outside the file, ``GGUFError/system(call:path:errno:)``.
    static func alignedCopies(
        of tensors: inout [TensorInfo], in file: borrowing MappedFile
    ) throws(GGUFError) -> MappedFile? {
        let available = file.bytes.byteCount
        var copies: [Copy] = []
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
            copies.append(Copy(source: tensor.offset..<tensor.offset + tensor.byteCount, target: end))
            tensors[index].part = 2
            tensors[index].offset = end
            end += tensor.byteCount + Alignment.padding(at: tensor.byteCount, to: Alignment.standard)
        }
        return end > 0 ? try MappedFile(copies, of: file, byteCount: end) : nil
    }
}

extension TensorType {
    /// What an address must be a multiple of for kernels to read elements there: those of blocks begin with a float16.
    var alignment: Int { self == .F32 ? 4 : 2 }
}
