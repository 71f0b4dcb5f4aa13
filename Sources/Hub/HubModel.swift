/// A model that is in the cache.
package struct HubModel: Equatable, Sendable {
    /// Its file; the first one where it is split.
    package let path: String
    package let commit: String
    /// Of all files.
    package let byteCount: Int
    package let fileCount: Int
}

extension HubModel {
    /// The model, if it is in the cache with all its files. Nothing is asked of a server.
    package static func cached(_ reference: ModelReference, _ settings: HubSettings) throws(HubError) -> HubModel? {
        let cache = RepositoryCache(reference.repository, in: settings.cacheFolder)
        for commit in try cache.commits(reference.revision) {
            let files = cache.files(at: commit)
            // Of a split model whose parts are not all there, nothing is used.
            guard let chosen = try? reference.choice.files(of: files, in: reference.repository) else { continue }
            if let model = cache.model(chosen, at: commit) { return model }
        }
        return nil
    }

    /// Fetches the model's files that are missing, of the newest commit.
    ///
    /// Names and digests come from the hub's API; nothing gets its name in the cache before its digest is right.
    package static func pull(
        _ reference: ModelReference, _ settings: HubSettings, _ observer: PullObserver
    ) throws(HubError) -> HubModel {
        guard !settings.isOffline else { throw .offline(action: "pull") }
        let client = try HubClient(settings, observer)
        let repository = try Repository(reference, client)
        let paths = repository.files.map(\.path)
        guard let chosen = try reference.choice.files(of: paths, in: reference.repository) else {
            throw .noFile(reference: reference.text, files: FileChoice.candidates(paths))
        }
        let files = chosen.compactMap { path in repository.files.first { $0.path == path } }
        let cache = RepositoryCache(reference.repository, in: settings.cacheFolder)
        let total = files.reduce(0) { $0 + $1.byteCount }
        var done = 0
        for file in files {
            let before = done
            let download = BlobDownload(
                file: file,
                address: "\(reference.repository)/resolve/\(repository.commit)/\(RepositoryPath.escaped(file.path))",
                cache: cache, observer: observer,
                onBytes: { observer.take(.arrived(done: before + $0, total: total)) })
            if Folders.fileSize(cache.snapshotPath(repository.commit, file.path)) != file.byteCount {
                try download.run(client)
                try cache.makeFolders()
                try cache.link(file, at: repository.commit)
            }
            done += file.byteCount
        }
        // Last, so that whoever looks the branch up finds all files.
        try cache.setReference(reference.revision, to: repository.commit)
        guard let model = cache.model(chosen, at: repository.commit) else {
            throw .answer(url: reference.text, problem: "its files left the cache while they were fetched")
        }
        return model
    }

    /// What there is to pull: each file's reference and size in bytes.
    package static func available(
        _ reference: ModelReference, _ settings: HubSettings, _ observer: PullObserver
    ) throws(HubError) -> [(path: String, byteCount: Int)] {
        guard !settings.isOffline else { throw .offline(action: "pull --list") }
        let repository = try Repository(reference, HubClient(settings, observer))
        let paths = repository.files.map(\.path)
        return try FileChoice.candidates(paths).map { path throws(HubError) in
            let parts = try FileChoice.file(path).files(of: paths, in: reference.repository) ?? []
            return (path, repository.files.filter { parts.contains($0.path) }.reduce(0) { $0 + $1.byteCount })
        }
    }
}

extension RepositoryCache {
    /// - Parameter paths: of its files, which must be there.
    func model(_ paths: [String], at commit: String) -> HubModel? {
        let sizes = paths.compactMap { Folders.fileSize(snapshotPath(commit, $0)) }
        guard let first = paths.first, sizes.count == paths.count else { return nil }
        return HubModel(
            path: snapshotPath(commit, first), commit: commit, byteCount: sizes.reduce(0, +), fileCount: sizes.count)
    }
}
