#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One repository's part of the cache, laid out as huggingface_hub and llama.cpp do:
///
///     models--owner--repo/refs/main                       the commit that the branch had
///     models--owner--repo/blobs/<digest>                  a file's bytes
///     models--owner--repo/blobs/<digest>.incomplete       what has arrived of them
///     models--owner--repo/snapshots/<commit>/<path>       a link to a blob: ../../blobs/<digest>
///     .locks/models--owner--repo/<digest>.lock            held by whoever fetches it
struct RepositoryCache {
    let cacheFolder: String
    /// The repository's folder.
    let folder: String
    private let name: String

    init(_ repository: String, in cacheFolder: String) {
        name = "models--" + repository.split(separator: "/").joined(separator: "--")
        self.cacheFolder = cacheFolder
        folder = "\(cacheFolder)/\(name)"
    }

    var blobFolder: String { "\(folder)/blobs" }
    var lockFolder: String { "\(cacheFolder)/.locks/\(name)" }
    var snapshotsFolder: String { "\(folder)/snapshots" }
    var refsFolder: String { "\(folder)/refs" }

    func blobPath(_ digest: FileDigest) -> String { "\(blobFolder)/\(digest.name)" }
    func partialPath(_ digest: FileDigest) -> String { "\(blobPath(digest)).incomplete" }
    func lockPath(_ digest: FileDigest) -> String { "\(lockFolder)/\(digest.name).lock" }
    func snapshotPath(_ commit: String, _ path: String) -> String { "\(snapshotsFolder)/\(commit)/\(path)" }

    func makeFolders() throws(HubError) {
        try Folders.make("\(name)/blobs", within: cacheFolder)
        try Folders.make("\(name)/snapshots", within: cacheFolder)
        try Folders.make(".locks/\(name)", within: cacheFolder)
    }

    // MARK: - Snapshots

    /// Links the file of a commit to its blob. Where the file system has no links, the blob moves there.
    func link(_ file: RepositoryFile, at commit: String) throws(HubError) {
        let path = snapshotPath(commit, file.path)
        let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
        try Folders.make("\(name)/snapshots/\(commit)" + (folder.isEmpty ? "" : "/" + folder), within: cacheFolder)
        if Folders.fileSize(path) == file.byteCount { return }
        let up = String(repeating: "../", count: file.path.split(separator: "/").count + 1)
        let temporary = "\(path).\(getpid()).tmp"
        unsafe unlink(temporary)
        if unsafe symlink("\(up)blobs/\(file.digest.name)", temporary) == 0 {
            guard unsafe rename(temporary, path) == 0 else {
                let code = errno
                unsafe unlink(temporary)
                throw .system(call: "rename", path: path, errno: code)
            }
        } else {
            guard [EPERM, ENOSYS, EOPNOTSUPP].contains(errno) else {
                throw .system(call: "symlink", path: path, errno: errno)
            }
            guard unsafe rename(blobPath(file.digest), path) == 0 else {
                throw .system(call: "rename", path: path, errno: errno)
            }
        }
    }

    /// Records what a branch or a tag points to.
    func setReference(_ revision: String, to commit: String) throws(HubError) {
        if revision == commit { return }
        let folder = revision.split(separator: "/").dropLast().joined(separator: "/")
        try Folders.make("\(name)/refs" + (folder.isEmpty ? "" : "/" + folder), within: cacheFolder)
        try SmallFile.write(commit, to: "\(refsFolder)/\(revision)")
    }

    /// Commits that may have the revision's files: the one that it points to, then, for the main branch, the others from
    /// the newest on.
    func commits(_ revision: String) throws(HubError) -> [String] {
        let known = Folders.names(snapshotsFolder).filter(FileDigest.isCommit)
        let pointed =
            FileDigest.isCommit(revision) ? revision : try SmallFile.text("\(refsFolder)/\(revision)")?.trimmed
        let first = known.filter { $0 == pointed }
        guard revision == ModelReference.mainRevision else { return first }
        let others = known.filter { $0 != pointed }
            .map { (commit: $0, time: Folders.changeTime("\(snapshotsFolder)/\($0)")) }
        return first + others.sorted { $0.time > $1.time }.map(\.commit)
    }

    /// Paths of the commit's files that are there whole.
    func files(at commit: String) -> [String] {
        let folder = "\(snapshotsFolder)/\(commit)"
        return Folders.files(below: folder).filter { Folders.fileSize("\(folder)/\($0)") != nil }
    }
}
