/// Fetches one file's bytes into the cache, unless they are there.
struct BlobDownload {
    let file: RepositoryFile
    let address: String
    let cache: RepositoryCache
    let observer: PullObserver
    /// Is told how many of the file's bytes are there.
    let onBytes: (Int) -> Void

    func run(_ client: borrowing HubClient) throws(HubError) {
        if isThere { return onBytes(file.byteCount) }
        try cache.makeFolders()
        let lock = try FileLock(cache.lockPath(file.digest), observer) {
            observer.take(.waiting(file: file.path))
        }
        // Whoever had the lock may have fetched it.
        if isThere { return onBytes(file.byteCount) }
        try fetch(client)
        _ = consume lock
    }

    /// By size: its digest was checked when it was written, or is Python's, which checks none.
    private var isThere: Bool { Folders.fileSize(cache.blobPath(file.digest)) == file.byteCount }

    private func fetch(_ client: borrowing HubClient) throws(HubError) {
        let partial = try PartialFile(cache.partialPath(file.digest), of: file, observer, onBytes: onBytes)
        let needed = file.byteCount - partial.byteCount
        if let free = Folders.freeSpace(cache.folder), free < needed {
            throw .noSpace(folder: cache.folder, needed: needed, free: free)
        }
        observer.take(.started(file: file.path, byteCount: file.byteCount, present: partial.byteCount))
        onBytes(partial.byteCount)
        while true {
            let wasResumed = partial.wasResumed
            try complete(partial, client)
            do throws(HubError) {
                try partial.finish(as: cache.blobPath(file.digest))
                Folders.synchronize(cache.blobFolder)
                return
            } catch {
                guard case .damaged = error else { throw error }
                guard wasResumed else {
                    partial.remove()
                    throw error
                }
                // The part from an earlier process may be what is wrong.
                observer.take(.restarting(file: file.path))
                try partial.restart()
            }
        }
    }

    /// Asks for the rest until all is there.
    private func complete(_ partial: PartialFile, _ client: borrowing HubClient) throws(HubError) {
        let address = try client.address(address)
        var retry = Retry(client.settings)
        while !partial.isComplete {
            let start = partial.byteCount
            partial.expectAnswer()
            let fields = start > 0 ? ["Range: bytes=\(start)-"] : []
            let answer = try client.get(address, fields: fields, into: partial)
            if partial.byteCount > start { retry.succeeded() }
            if partial.isComplete { return }
            if answer.head.status == 416, start > 0 {
                // The server has no such range: its file is shorter, or it cannot tell.
                observer.take(.restarting(file: file.path))
                try partial.restart()
                guard let seconds = retry.next(after: nil) else {
                    throw .answer(url: address.textWithoutQuery, problem: "the server refuses the rest of the file")
                }
                try observer.sleep(seconds)
            } else if answer.head.hasContent, case .complete = answer.ending {
                throw .answer(
                    url: address.textWithoutQuery,
                    problem: "the file has \(partial.byteCount) bytes, the repository names \(file.byteCount)")
            } else {
                try client.wait(&retry, answer, address)
            }
        }
    }
}
