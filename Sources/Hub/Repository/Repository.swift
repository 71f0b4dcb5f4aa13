import JSON

/// A repository's files at one commit, as the hub's API lists them.
struct Repository {
    let commit: String
    let files: [RepositoryFile]

    private static let refsLimit = 4_000_000
    private static let treeLimit = 16_000_000
    private static let maxPages = 100

    /// - Throws: ``HubError`` also for answers that are not as documented: nothing is taken from them.
    init(_ reference: ModelReference, _ client: borrowing HubClient) throws(HubError) {
        commit = try Self.commit(of: reference, client)
        files = try Self.files(of: reference, at: commit, client)
    }

    /// `GET /api/models/{owner}/{repo}/refs`: `{"branches": [{"name", "targetCommit"}], "tags": [...]}`.
    private static func commit(
        of reference: ModelReference, _ client: borrowing HubClient
    ) throws(HubError) -> String {
        if FileDigest.isCommit(reference.revision) { return reference.revision }
        let address = try client.address("api/models/\(reference.repository)/refs")
        let refs = try Self.json(at: address, limit: refsLimit, client).value
        for kind in ["branches", "tags"] {
            guard case .array(let items)? = refs[kind] else { continue }
            for item in items where item["name"] == .string(reference.revision) {
                guard case .string(let commit)? = item["targetCommit"], FileDigest.isCommit(commit) else {
                    throw .answer(url: address.text, problem: "\(reference.revision) has no commit")
                }
                return commit
            }
        }
        throw .answer(url: address.text, problem: "there is no branch or tag \(reference.revision)")
    }

    /// `GET /api/models/{owner}/{repo}/tree/{commit}?recursive=true`, page after page:
    /// `[{"type": "file", "path", "size", "oid", "lfs": {"oid", "size"}}]`.
    private static func files(
        of reference: ModelReference, at commit: String, _ client: borrowing HubClient
    ) throws(HubError) -> [RepositoryFile] {
        let first = try client.address("api/models/\(reference.repository)/tree/\(commit)?recursive=true")
        var files: [RepositoryFile] = []
        var next: WebAddress? = first
        for _ in 0..<maxPages {
            guard let address = next else { return files }
            let (head, value) = try json(at: address, limit: treeLimit, client)
            guard case .array(let items) = value else {
                throw .answer(url: address.textWithoutQuery, problem: "it is no list of files")
            }
            for item in items {
                if let file = try file(item, address) { files.append(file) }
            }
            next = try head["link"].flatMap(nextLink).map { link throws(HubError) in try address.resolving(link) }
            guard next?.hasOrigin(of: first) ?? true else {
                throw .answer(url: address.textWithoutQuery, problem: "the list goes on at another server")
            }
        }
        throw .answer(url: first.textWithoutQuery, problem: "the list of files has no end")
    }

    /// A file of the list; nil for folders.
    private static func file(_ item: JSONValue, _ address: WebAddress) throws(HubError) -> RepositoryFile? {
        guard item["type"] == .string("file") else { return nil }
        func fail(_ problem: String) -> HubError { .answer(url: address.textWithoutQuery, problem: problem) }
        guard case .string(let path)? = item["path"], RepositoryPath.isSafe(path) else {
            throw fail("a file's name leads out of its folder or has forbidden characters")
        }
        let lfs = item["lfs"] == .null ? nil : item["lfs"]
        guard case .string(let oid)? = (lfs ?? item)["oid"], let digest = FileDigest(name: oid),
            case .number(let size)? = (lfs ?? item)["size"], let byteCount = Int(size), byteCount >= 0,
            byteCount < 1 << 50
        else { throw fail("\(path) has no digest or no size") }
        return RepositoryFile(path: path, byteCount: byteCount, digest: digest)
    }

    private static func json(
        at address: WebAddress, limit: Int, _ client: borrowing HubClient
    ) throws(HubError) -> (head: ResponseHead, value: JSONValue) {
        let (head, bytes) = try client.text(at: address, limit: limit)
        do throws(JSONError) {
            return (head, try JSONParser.parse(bytes.span))
        } catch {
            let type = head["content-type"].map { " but \($0)" } ?? ""
            throw .answer(
                url: address.textWithoutQuery,
                problem: "the answer is no JSON\(type): is HF_ENDPOINT right, or does a proxy ask for a login?")
        }
    }

    /// The target of `<...>; rel="next"` (RFC 8288).
    private static func nextLink(_ field: String) -> String? {
        for link in field.split(separator: ",") {
            let parts = link.split(separator: ";").map { String($0).trimmed }
            guard let target = parts.first, target.hasPrefix("<"), target.hasSuffix(">"),
                parts.dropFirst().contains("rel=\"next\"")
            else { continue }
            return String(target.dropFirst().dropLast())
        }
        return nil
    }
}
