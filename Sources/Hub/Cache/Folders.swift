#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Folders of the cache.
enum Folders {
    /// Makes the folder and those above it.
    static func make(_ path: String) throws(HubError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made == "/" ? "" : "/") + part
            if unsafe mkdir(made, 0o777) != 0, errno != EEXIST, !isFolder(made) {
                throw .system(call: "mkdir", path: made, errno: errno)
            }
        }
        guard isFolder(path) else { throw .system(call: "mkdir", path: path, errno: ENOTDIR) }
    }

    /// Makes folders within `base` that are no symbolic links: whoever put a link there would choose where files
    /// are written.
    static func make(_ path: String, within base: String) throws(HubError) {
        try make(base)
        var made = base
        for part in path.split(separator: "/") {
            made += "/" + part
            if unsafe mkdir(made, 0o777) == 0 { continue }
            let code = errno
            guard code == EEXIST, kind(made) == S_IFDIR else {
                throw .system(call: "mkdir", path: made, errno: code == EEXIST ? ENOTDIR : code)
            }
        }
    }

    /// The names in it, sorted; none where there is no such folder.
    static func names(_ path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Paths of all files and links below the folder, relative to it, sorted. Links to folders are not followed.
    static func files(below folder: String, depth: Int = 16) -> [String] {
        guard depth > 0 else { return [] }
        return names(folder).flatMap { name in
            kind("\(folder)/\(name)") == S_IFDIR
                ? files(below: "\(folder)/\(name)", depth: depth - 1).map { "\(name)/\($0)" } : [name]
        }
    }

    static func isFolder(_ path: String) -> Bool { status(path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false }

    /// Size of the regular file at the path, or at the end of its links; nil where there is none.
    static func fileSize(_ path: String) -> Int? {
        guard let status = status(path), status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// The type bits of what has the path itself; nil where nothing has.
    static func kind(_ path: String) -> mode_t? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status : nil
    }

    /// Seconds since 1970 of the last change; 0 where there is nothing.
    static func changeTime(_ path: String) -> Int {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return 0 }
        #if canImport(Glibc)
            return status.st_mtim.tv_sec
        #else
            return status.st_mtimespec.tv_sec
        #endif
    }

    /// The target of a symbolic link as it is written; nil for anything else.
    static func linkTarget(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = unsafe readlink(path, &bytes, bytes.count - 1)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Waits until the folder's entries are on the disk, where the file system can do that.
    static func synchronize(_ path: String) {
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Bytes that may still be written there; nil where the system does not say.
    static func freeSpace(_ path: String) -> Int? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize))
        return overflow ? nil : bytes
    }
}
