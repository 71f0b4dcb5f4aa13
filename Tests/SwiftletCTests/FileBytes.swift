#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file's bytes at a multiple of 64.
final class FileBytes {
    struct Failure: Error {
        let path: String
    }

    let aligned: UnsafeMutableRawPointer
    let count: Int

    init(_ path: String) throws {
        guard let file = fopen(path, "rbe") else { throw Failure(path: path) }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        count = ftell(file)
        rewind(file)
        aligned = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
        guard fread(aligned, 1, count, file) == count else { throw Failure(path: path) }
    }

    deinit { aligned.deallocate() }

    var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: aligned, count: count)) }
}
