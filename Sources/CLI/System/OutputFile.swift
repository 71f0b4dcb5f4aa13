import Foundation

/// A file that appears under its name only when it is complete: until then it has a temporary name beside it.
///
/// Pipes and devices are written to directly.
final class OutputFile {
    private let descriptor: Descriptor
    /// Nil when the file is written to directly.
    private let temporaryPath: String?
    private let path: String
    private var isFinished = false

    /// - Throws: `Failure` when the file cannot be created.
    init(path: String) throws(Failure) {
        guard !path.isEmpty else { throw .message("the path of the output is empty") }
        var status = stat()
        let exists = unsafe stat(path, &status) == 0
        let kind = status.st_mode & S_IFMT
        if exists, kind == S_IFDIR { throw .system("write to", path, EISDIR) }
        if exists, kind != S_IFREG {
            temporaryPath = nil
            self.path = path
        } else {
            // The target of a symbolic link is replaced, not the link.
            self.path = exists ? Self.resolved(path) : path
            temporaryPath = "\(self.path).\(getpid()).tmp"
        }
        let opened = temporaryPath ?? path
        let flags = O_WRONLY | O_CLOEXEC | (temporaryPath == nil ? 0 : O_CREAT | O_EXCL)
        let raw = unsafe open(opened, flags, 0o666)
        guard raw >= 0 else { throw .system("write to", path, errno) }
        descriptor = Descriptor(raw: raw, name: path)
    }

    deinit {
        close(descriptor.raw)
        if !isFinished, let temporaryPath { unsafe unlink(temporaryPath) }
    }

    func write(_ bytes: [UInt8]) throws(Failure) { try descriptor.write(bytes) }

    /// Whether a person sees it.
    var isTerminal: Bool { isatty(descriptor.raw) == 1 }

    /// Whether ``overwrite(_:at:)`` is possible: not for pipes.
    var isSeekable: Bool { descriptor.isSeekable }

    /// Replaces bytes that were written.
    func overwrite(_ bytes: [UInt8], at offset: Int) throws(Failure) { try descriptor.overwrite(bytes, at: offset) }

    /// Puts the file in its place; without this call nothing is left of it.
    func finish() throws(Failure) {
        if let temporaryPath, unsafe rename(temporaryPath, path) != 0 { throw .system("write to", path, errno) }
        isFinished = true
    }

    private static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}
