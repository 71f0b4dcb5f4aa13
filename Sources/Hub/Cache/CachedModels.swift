#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The models of the cache, whoever put them there.
package struct CachedModels {
    /// A model and the name that opens it.
    package struct Entry: Equatable, Sendable {
        package let reference: ModelReference
        package let model: HubModel
    }

    private let cacheFolder: String

    package init(_ settings: HubSettings) { cacheFolder = settings.cacheFolder }

    /// All of them, by name.
    package func entries() throws(HubError) -> [Entry] {
        var entries: [Entry] = []
        for folder in Folders.names(cacheFolder) {
            guard let repository = Self.repository(folder) else { continue }
            let cache = RepositoryCache(repository, in: cacheFolder)
            var found: Set<String> = []
            for commit in try cache.commits(ModelReference.mainRevision) {
                let files = cache.files(at: commit)
                for path in Self.models(files) where found.insert(path).inserted {
                    guard let parts = try? FileChoice.file(path).files(of: files, in: repository),
                        let model = cache.model(parts, at: commit),
                        let reference = Self.reference(repository, path, files)
                    else { continue }
                    entries.append(Entry(reference: reference, model: model))
                }
            }
        }
        return entries
    }

    /// Removes the model's files in all commits, and what nothing else uses: blobs, parts of downloads, empty folders.
    ///
    /// - Returns: bytes that are free now; nil where there is no such model.
    package func remove(_ reference: ModelReference, _ observer: PullObserver) throws(HubError) -> Int? {
        let cache = RepositoryCache(reference.repository, in: cacheFolder)
        let commits = try cache.commits(reference.revision)
        var blobs: Set<String> = []
        var freed = 0
        var isFound = false
        for commit in commits {
            let files = cache.files(at: commit)
            guard let paths = try? reference.choice.files(of: files, in: reference.repository) else { continue }
            isFound = true
            for path in paths {
                let full = cache.snapshotPath(commit, path)
                if let target = Folders.linkTarget(full) {
                    blobs.insert(target.split(separator: "/").last.map(String.init) ?? "")
                } else {
                    freed += Folders.fileSize(full) ?? 0
                }
                try Self.removeFile(full)
            }
        }
        guard isFound else { return nil }
        for blob in blobs.sorted() { freed += try removeBlob(blob, cache, observer) }
        try removeEmpty(cache)
        return freed
    }

    /// Compares the bytes of a model's files with their digests.
    ///
    /// - Returns: paths of files that are damaged; those without a digest, such as copies without links, are not checked.
    package func damaged(_ entry: Entry, _ observer: PullObserver) throws(HubError) -> [String] {
        let cache = RepositoryCache(entry.reference.repository, in: cacheFolder)
        let files = cache.files(at: entry.model.commit)
        let first = String(entry.model.path.dropFirst("\(cache.snapshotsFolder)/\(entry.model.commit)/".count))
        let paths = try FileChoice.file(first).files(of: files, in: entry.reference.repository) ?? []
        var damaged: [String] = []
        for path in paths {
            let full = cache.snapshotPath(entry.model.commit, path)
            guard let name = Folders.linkTarget(full)?.split(separator: "/").last,
                let digest = FileDigest(name: String(name)), let size = Folders.fileSize(full)
            else { continue }
            if try Digest(file: full, like: digest, byteCount: size, observer).text != digest.name {
                damaged.append(full)
            }
        }
        return damaged
    }

    // MARK: - Names

    /// `owner/repo` of `models--owner--repo`.
    private static func repository(_ folder: String) -> String? {
        guard folder.hasPrefix("models--") else { return nil }
        let name = folder.dropFirst("models--".count)
        guard let (owner, repo) = name.dividedAtDashes, (try? ModelReference("\(owner)/\(repo)")) != nil else {
            return nil
        }
        return "\(owner)/\(repo)"
    }

    /// Files that a model is opened by: GGUF, and whisper.cpp's.
    private static func models(_ files: [String]) -> [String] {
        FileChoice.candidates(files)
            + files.filter { path in
                let name = path.split(separator: "/").last ?? ""
                return name.hasPrefix("ggml-") && name.hasSuffix(".bin")
            }
    }

    /// The shortest reference that opens the file: by its type if that finds no other, else by its path.
    private static func reference(_ repository: String, _ path: String, _ files: [String]) -> ModelReference? {
        let stem = path.split(separator: "/").last.map { $0.split(separator: ".").dropLast().joined(separator: ".") }
        let words = (stem ?? "").split(whereSeparator: { $0 == "-" || $0 == "." })
        for word in words.reversed() where FileChoice.isType(word) {
            let tag = String(word)
            if let found = try? FileChoice.quantization(tag).files(of: files, in: repository), found.first == path {
                return try? ModelReference("\(repository):\(tag)")
            }
        }
        return try? ModelReference("\(repository):\(path)")
    }

    // MARK: - Removal

    /// Removes a blob that no commit uses; its lock is held meanwhile.
    private func removeBlob(
        _ name: String, _ cache: RepositoryCache, _ observer: PullObserver
    ) throws(HubError) -> Int {
        guard let digest = FileDigest(name: name) else { return 0 }
        let isUsed = Folders.files(below: cache.snapshotsFolder).contains {
            Folders.linkTarget("\(cache.snapshotsFolder)/\($0)")?.hasSuffix("/\(name)") ?? false
        }
        guard !isUsed else { return 0 }
        try cache.makeFolders()
        let lock = try FileLock(cache.lockPath(digest), observer) { observer.take(.waiting(file: name)) }
        let path = cache.blobPath(digest)
        // A link leads to a store that other repositories share: those bytes stay.
        let size = Folders.kind(path) == S_IFLNK ? 0 : Folders.fileSize(path) ?? 0
        try Self.removeFile(path)
        try Self.removeFile(cache.partialPath(digest))
        try Self.removeFile(cache.lockPath(digest))
        _ = consume lock
        return size
    }

    /// Removes folders without files, references to commits that are gone, and a repository without commits.
    private func removeEmpty(_ cache: RepositoryCache) throws(HubError) {
        for commit in Folders.names(cache.snapshotsFolder) { Self.prune("\(cache.snapshotsFolder)/\(commit)") }
        let left = Set(Folders.names(cache.snapshotsFolder))
        for revision in Folders.files(below: cache.refsFolder) {
            let path = "\(cache.refsFolder)/\(revision)"
            if let commit = try SmallFile.text(path)?.trimmed, !left.contains(commit) { try Self.removeFile(path) }
        }
        guard left.isEmpty else { return }
        for name in ["refs", "blobs", "snapshots"] { Self.prune("\(cache.folder)/\(name)") }
        unsafe rmdir(cache.lockFolder)
        unsafe rmdir(cache.folder)
    }

    /// Removes the folder if there is no file below it.
    private static func prune(_ folder: String) {
        guard Folders.kind(folder) == S_IFDIR else { return }
        for name in Folders.names(folder) { prune("\(folder)/\(name)") }
        unsafe rmdir(folder)
    }

    private static func removeFile(_ path: String) throws(HubError) {
        if unsafe unlink(path) != 0, errno != ENOENT { throw .system(call: "unlink", path: path, errno: errno) }
    }
}

extension Substring {
    /// What stands before and behind the first `--`.
    fileprivate var dividedAtDashes: (Substring, Substring)? {
        let bytes = utf8
        var place = bytes.startIndex
        while place < bytes.endIndex {
            if self[place...].hasPrefix("--") {
                return (self[..<place], self[bytes.index(place, offsetBy: 2)...])
            }
            place = bytes.index(after: place)
        }
        return nil
    }
}
