#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file's bytes in memory, read-only and shared with every process that maps the same file.
///
/// The file must stay as it is while it is mapped. One that another process cuts short raises SIGBUS on access, which
/// nothing can check for; one that is changed in place may be read half old and half new.
@safe package struct MappedFile: ~Copyable {
    /// The path it was opened by, for messages.
    package let path: String
    private let start: UnsafeRawPointer
    private let count: Int
    private let isMapped: Bool
    /// Keeps outputs from replacing the file.
    let use: InputUse?

    /// Maps the file as it is (see ``decompressed(limit:)`` for compressed ones).
    ///
    /// - Parameter isReplaceable: whether an output of this process may take the file's name; what is mapped stays.
    /// - Throws: ``GGUFError/system(call:path:errno:)``, ``GGUFError/notRegularFile(path:found:)``,
    ///   ``GGUFError/emptyFile(path:)``, ``GGUFError/largeFilePointer(path:)``.
    package init(path: String, isReplaceable: Bool = false) throws(GGUFError) {
        let file = try FileDescriptor.reading(path)
        if try file.isLargeFilePointer() { throw .largeFilePointer(path: path) }
        try self.init(mapping: file, use: isReplaceable ? nil : InputUse(file.status(), path: path))
    }

    /// Maps the whole of an open file. The map outlives the descriptor.
    ///
    /// - Parameter use: of the file that the bytes came from.
    init(mapping file: borrowing FileDescriptor, use: InputUse? = nil) throws(GGUFError) {
        let count = Int(try file.status().st_size)
        guard count > 0 else { throw .emptyFile(path: file.path) }
        guard let start = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, file.raw, 0), unsafe start != MAP_FAILED else {
            throw .system(call: "mmap", path: file.path, errno: errno)
        }
        path = file.path
        unsafe self.start = UnsafeRawPointer(start)
        self.count = count
        isMapped = true
        self.use = use
    }

    /// Lends bytes that nobody ever frees or changes, such as a model compiled into the executable.
    ///
    /// - Parameters:
    ///   - bytes: valid and constant until the process ends, starting at a multiple of 8.
    ///   - name: stands for the path in messages.
    /// - Throws: ``GGUFError/emptyFile(path:)``, ``GGUFError/misalignedStaticBytes(name:)``.
    @unsafe package init(staticBytes bytes: UnsafeRawBufferPointer, name: String) throws(GGUFError) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { throw .emptyFile(path: name) }
        guard UInt(bitPattern: start) % UInt(Alignment.minimum) == 0 else {
            throw .misalignedStaticBytes(name: name)
        }
        path = name
        unsafe self.start = start
        count = bytes.count
        isMapped = false
        use = nil
    }

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeBytes: buffer)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes for an owner of this file, who ties them to its own lifetime.
    @unsafe package var buffer: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }

    deinit {
        if isMapped { unsafe munmap(UnsafeMutableRawPointer(mutating: start), count) }
    }
}

/// The bytes are never written, by anybody, while the value lives.
extension MappedFile: @unchecked Sendable {}
