/// One file of a model: its map and its header. Models that are not split have one.
final class FilePart: Sendable {
    let path: String
    let header: Header
    private let map: MappedFile

    /// - Parameter budget: bytes that may still be decompressed; what this file takes is subtracted.
    convenience init(path: String, isReplaceable: Bool = false, budget: inout Int) throws(GGUFError) {
        try self.init(MappedFile(path: path, isReplaceable: isReplaceable), budget: &budget)
    }

    init(_ file: consuming MappedFile, budget: inout Int) throws(GGUFError) {
        let path = file.path
        let isCompressed = file.isCompressed
        let map = try file.decompressed(limit: budget)
        if isCompressed { budget -= map.bytes.byteCount }
        do throws(FormatError) {
            header = try Header(parsing: map.bytes)
        } catch {
            throw .format(path: path, error)
        }
        self.path = path
        self.map = map
    }

    /// Metadata that stands in no file, as a file would have it.
    init(metadata contents: GGUFContents, path: String) throws(GGUFError) {
        let bytes: [UInt8]
        do throws(WriteError) {
            bytes = try contents.encoded().header
        } catch {
            throw .cannotWrite(path: path, error)
        }
        let file = try FileDescriptor.anonymous(path: path)
        try file.write(bytes.span.raw)
        let map = try MappedFile(mapping: file)
        do throws(FormatError) {
            header = try Header(parsing: map.bytes)
        } catch {
            throw .format(path: path, error)
        }
        self.path = path
        self.map = map
    }

    /// Bytes that tensors lie in, without a header.
    init(_ map: consuming MappedFile) {
        path = map.path
        header = Header()
        self.map = map
    }

    /// The bytes for an owner of this part, who ties them to its own lifetime.
    @unsafe var buffer: UnsafeRawBufferPointer { unsafe map.buffer }

    var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // The compiler cannot see that a map in a `let` of a class lives as long as the object.
            let span = unsafe RawSpan(_unsafeBytes: buffer)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }
}
