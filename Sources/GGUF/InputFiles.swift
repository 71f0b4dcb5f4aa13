internal import CThreads

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files that this process reads from, by device and inode: links do not hide them. No ``PendingFile`` replaces one.
///
/// A file counts while it is mapped, unless it was opened as one that may be replaced; in the command line, from when it is
/// read until the process ends.
package enum InputFiles {
    /// Counts every file from when it is read until the process ends.
    package static func keepUntilExit() { table.update { $0.keeps = true } }

    /// Counts a file that is read otherwise than by a map, until the process ends.
    package static func add(path: String) {
        var status = stat()
        if unsafe stat(path, &status) == 0 { add(status, path: path) }
    }

    /// Counts an open file, such as standard input, until the process ends.
    ///
    /// - Parameter path: stands for it in messages.
    package static func add(descriptor: CInt, path: String) {
        var status = stat()
        if unsafe fstat(descriptor, &status) == 0 { add(status, path: path) }
    }

    /// - Throws: ``GGUFError/input(path:input:)`` when writing to `path` would replace one of the files.
    package static func check(output path: String) throws(GGUFError) {
        var status = stat()
        if unsafe stat(path, &status) == 0 { try check(output: path, status) }
    }

    static func check(output path: String, _ status: stat) throws(GGUFError) {
        let found = table.update { $0.files[Identity(status)]?.path }
        if let found { throw .input(path: path, input: found) }
    }

    private static func add(_ status: stat, path: String) {
        guard status.st_mode & S_IFMT == S_IFREG else { return }
        table.update { $0.add(Identity(status), path) }
    }

    fileprivate static let table = Table()

    fileprivate struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            inode = UInt64(truncatingIfNeeded: status.st_ino)
        }
    }

    fileprivate final class Table: @unchecked Sendable {  // a section lets in one thread
        struct Contents {
            var files: [Identity: (path: String, uses: Int)] = [:]
            var keeps = false

            mutating func add(_ file: Identity, _ path: String) { files[file, default: (path, 0)].uses += 1 }

            mutating func remove(_ file: Identity) {
                guard !keeps, let (path, uses) = files[file] else { return }
                files[file] = uses > 1 ? (path, uses - 1) : nil
            }
        }

        private var contents = Contents()

        func update<Result>(_ body: (inout Contents) -> Result) -> Result {
            swl_section_begin()
            defer { swl_section_end() }
            return body(&contents)
        }
    }
}

/// Counts a file among ``InputFiles`` while it lives.
final class InputUse: Sendable {
    private let file: InputFiles.Identity

    init(_ status: stat, path: String) {
        let file = InputFiles.Identity(status)
        self.file = file
        InputFiles.table.update { $0.add(file, path) }
    }

    deinit {
        let file = file
        InputFiles.table.update { $0.remove(file) }
    }
}
