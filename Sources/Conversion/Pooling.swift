internal import JSON

/// How a text's vector is made of its tokens'; raw values are those of `{architecture}.pooling_type`.
enum Pooling: UInt32, Sendable {
    case none = 0
    case mean = 1
    case cls = 2
    case last = 3
    case rank = 4

    /// What sentence-transformers' files beside the model say; nil when there are none.
    ///
    /// - Throws: ``ConversionError/unsupported(_:path:)`` for a kind that GGUF has no number for.
    static func read(_ folder: ModelFolder) throws(ConversionError) -> Pooling? {
        guard let place = try SentenceModules(folder).places(of: "Pooling").first else { return nil }
        let name = "\(place)/config.json"
        guard let value = try folder.json(name) else { throw .missingFile(name, folder: folder.path) }
        let c = Configuration(path: folder.path(name), value: value)
        let kinds: [(key: String, kind: Pooling)] = [
            ("pooling_mode_mean_tokens", .mean), ("pooling_mode_cls_token", .cls), ("pooling_mode_lasttoken", .last),
        ]
        var chosen: [Pooling] = []
        for (key, kind) in kinds where try c.bool(key, default: false) { chosen.append(kind) }
        let others = ["max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens"].map { "pooling_mode_" + $0 }
        for key in others where try c.bool(key, default: false) { throw c.unsupported(key) }
        guard chosen.count <= 1 else { throw c.unsupported("pooling in more than one way") }
        return chosen.first
    }
}
