internal import CPlatform

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file that appears under its name when it is complete: until then it has a temporary name beside it. Dropped before
/// ``finish()``, it leaves nothing behind. It replaces no file that is being read, see ``InputFiles``.
package final class PendingFile {
    /// As the caller named it.
    package let path: String
    let descriptor: FileDescriptor
    /// Nil when it is written to directly.
    private let temporaryPath: String?
    /// The final name of the temporary file: the target of a symbolic link is replaced, not the link.
    private let target: String
    private var isFinished = false

    /// - Parameter takesPipes: whether a pipe or a device may have the name; it is written to directly.
    /// - Throws: ``GGUFError/system(call:path:errno:)``, ``GGUFError/notWritable(path:found:)``,
    ///   ``GGUFError/input(path:input:)``.
    package init(path: String, takesPipes: Bool = false) throws(GGUFError) {
        self.path = path
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            let kind = status.st_mode & S_IFMT
            guard kind == S_IFREG || takesPipes && kind != S_IFDIR else {
                throw .notWritable(path: path, found: FileDescriptor.describe(kind))
            }
            try InputFiles.check(output: path, status)
            guard kind == S_IFREG else {
                (target, temporaryPath) = (path, nil)
                descriptor = try FileDescriptor.writing(path)
                return
            }
            target = Self.resolved(path)
        } else {
            target = path
        }
        var attempt = 0
        while true {
            let temporary = "\(target).\(getpid())-\(attempt).tmp"
            do throws(GGUFError) {
                descriptor = try FileDescriptor.unfinished(temporary, label: path)
                temporaryPath = temporary
                return
            } catch {
                // Another writer of this process, or one left by a process that was killed.
                guard case .system(_, _, EEXIST) = error, attempt < 100 else { throw error }
                attempt += 1
            }
        }
    }

    /// A file without a name, in memory where the system can do that.
    init(inMemory label: String) throws(GGUFError) {
        path = label
        (target, temporaryPath) = (label, nil)
        descriptor = try FileDescriptor.anonymous(path: label)
    }

    deinit {
        if !isFinished, let temporaryPath { unsafe swl_unfinished_remove(temporaryPath) }
    }

    /// Writes all of `bytes` behind what was written before.
    package func write(_ bytes: RawSpan) throws(GGUFError) { try descriptor.write(bytes) }

    /// Whether a person sees what is written.
    package var isTerminal: Bool { isatty(descriptor.raw) == 1 }

    /// Whether ``overwrite(_:at:)`` is possible: not for pipes.
    package var isSeekable: Bool { descriptor.isSeekable }

    /// Replaces bytes that were written.
    package func overwrite(_ bytes: RawSpan, at offset: Int) throws(GGUFError) {
        try descriptor.overwrite(bytes, at: offset)
    }

    /// Puts the file in its place, once all is on the disk.
    package func finish() throws(GGUFError) {
        if let temporaryPath {
            try descriptor.synchronize()
            try InputFiles.check(output: path)
            guard unsafe swl_unfinished_rename(temporaryPath, target) == 0 else {
                throw .system(call: "rename", path: path, errno: errno)
            }
        }
        isFinished = true
    }

    /// Removes what all unfinished outputs of this process left so far; for the end of the process, after which no other
    /// can appear.
    package static func removeUnfinished() { swl_unfinished_remove_all() }

    private static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}
