import GGUF

/// Which of a repository's files is the model.
package enum FileChoice: Equatable, Sendable {
    /// Q4_K_M if there is one, else Q8_0, else the first GGUF file: llama.cpp's order.
    case best
    /// The first GGUF file whose path has this type between punctuation, in capitals or not.
    case quantization(String)
    /// The file of that path.
    case file(String)

    private static let preferred = ["Q4_K_M", "Q8_0"]
    /// Parts of names of files that are no language model: they belong to one.
    private static let companions = ["mmproj", "imatrix", "mtp-", "eagle3-", "dflash-", "dspark-"]

    /// Whether a file of that name can be opened as a model.
    static func isModelFile(_ path: String) -> Bool {
        [".gguf", ".gguf.zst", ".bin"].contains { path.lowercased().hasSuffix($0) }
    }

    /// The model's files in order, several where it is split; nil where nothing fits.
    ///
    /// - Parameter paths: all files of the repository.
    /// - Throws: ``HubError/answer(url:problem:)`` when parts of a split model are missing.
    package func files(of paths: [String], in repository: String) throws(HubError) -> [String]? {
        guard let first = first(of: paths) else { return nil }
        guard let split = SplitName(path: first) else { return [first] }
        let parts = (1...split.count).map { split.path(of: $0, compressed: split.isCompressed) }
        let known = Set(paths)
        if let missing = parts.first(where: { !known.contains($0) }) {
            throw .answer(url: repository, problem: "a part of a split model is missing: \(missing)")
        }
        return parts
    }

    /// The paths that this can choose among, sorted.
    package static func candidates(_ paths: [String]) -> [String] {
        paths.filter { path in
            let name = path.lowercased()
            guard name.hasSuffix(".gguf"), !companions.contains(where: { name.contains($0) }) else { return false }
            return SplitName(path: path).map { $0.number == 1 } ?? true
        }.sorted()
    }

    private func first(of paths: [String]) -> String? {
        switch self {
        case .file(let path):
            guard paths.contains(path) else { return nil }
            return SplitName(path: path).map { $0.path(of: 1, compressed: $0.isCompressed) } ?? path
        case .quantization(let tag):
            return Self.candidates(paths).first { Self.has($0, tag) }
        case .best:
            let candidates = Self.candidates(paths)
            let best = Self.preferred.lazy.compactMap { tag in candidates.first { Self.has($0, tag) } }.first
            return best ?? candidates.first
        }
    }

    /// Whether a word of a file's name is a type of weights: `Q4_K_M`, `IQ4_XS`, `F16`, `BF16`, `MXFP4`.
    static func isType(_ word: Substring) -> Bool {
        let word = word.uppercased()
        let beginnings = ["Q", "IQ", "TQ", "F", "BF", "MXFP"]
        return beginnings.contains { beginning in
            word.hasPrefix(beginning) && word.dropFirst(beginning.count).first?.isNumber ?? false
        }
    }

    /// Whether the path has the tag between punctuation: `Q4_K_M` is in `a-q4_k_m.gguf`, not in `a-IQ4_K_M.gguf`.
    static func has(_ path: String, _ tag: String) -> Bool {
        let path = Array(path.lowercased().utf8)
        let tag = Array(tag.lowercased().utf8)
        guard !tag.isEmpty, path.count >= tag.count else { return false }
        let borders = Array("-./".utf8)
        return (0...path.count - tag.count).contains { start in
            let end = start + tag.count
            return path[start..<end].elementsEqual(tag) && (start == 0 || borders.contains(path[start - 1]))
                && end < path.count && borders.contains(path[end])
        }
    }
}
