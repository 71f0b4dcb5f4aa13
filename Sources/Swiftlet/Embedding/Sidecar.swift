internal import JSON

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The files of sentence-transformers beside a model's weights: `modules.json`, `sentence_bert_config.json`,
/// `config_sentence_transformers.json` and each module's `config.json`. Any of the three may be missing, not all.
struct Sidecar: Sendable {
    private(set) var pooling: EmbedderOptions.Pooling?
    private(set) var maxTokens: Int?
    private(set) var lowercases = false
    private(set) var queryPrefix: String?
    private(set) var passagePrefix: String?
    /// The layers behind the pooling, in order.
    private(set) var dense: [DenseModule] = []

    /// - Throws: ``SwiftletError``: `file` for files that cannot be read or hold something else; `model` for a module that
    ///   is not supported, by name.
    init(_ folder: String) throws(SwiftletError) {
        let names = ["modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"]
        guard names.contains(where: { unsafe access("\(folder)/\($0)", F_OK) == 0 }) else {
            throw SwiftletError(
                .file,
                "\(folder): not a folder of sentence-transformers: there is none of \(names.joined(separator: ", "))")
        }
        if let modules = try SidecarFile("\(folder)/modules.json") {
            for module in try modules.elements() { try add(module, folder) }
        }
        if let settings = try SidecarFile("\(folder)/sentence_bert_config.json") {
            maxTokens = try settings.positive("max_seq_length")
            lowercases = try settings.flag("do_lower_case")
        }
        if let settings = try SidecarFile("\(folder)/config_sentence_transformers.json"),
            let prompts = try settings.object("prompts")
        {
            queryPrefix = try prompts.text("query")
            let document = try prompts.text("document")
            passagePrefix = try prompts.text("passage") ?? document
        }
    }

    private mutating func add(_ module: SidecarFile, _ folder: String) throws(SwiftletError) {
        guard let type = try module.text("type"), let place = try module.text("path") else {
            throw SwiftletError(.file, "\(module.path): a module without its type or path")
        }
        guard !place.hasPrefix("/"), !place.split(separator: "/").contains("..") else {
            throw SwiftletError(.file, "\(module.path): the module's path '\(place)' leaves the folder")
        }
        switch type.split(separator: ".").last {
        // Whether vectors are normalized is the caller's choice.
        case "Transformer", "Normalize": break
        case "Pooling": pooling = try Self.pooling("\(folder)/\(place)/config.json")
        case "Dense": dense.append(try DenseModule("\(folder)/\(place)"))
        default: throw SwiftletError(.model, "\(module.path): the module '\(type)' is not supported")
        }
    }

    private static func pooling(_ path: String) throws(SwiftletError) -> EmbedderOptions.Pooling? {
        guard let settings = try SidecarFile(path) else { throw SwiftletError(.file, "\(path): the file is missing") }
        let kinds: [String: EmbedderOptions.Pooling] = [
            "pooling_mode_mean_tokens": .mean, "pooling_mode_cls_token": .cls, "pooling_mode_max_tokens": .max,
            "pooling_mode_lasttoken": .last,
        ]
        var chosen: EmbedderOptions.Pooling?
        for member in try settings.members() where member.name.hasPrefix("pooling_mode_") && member.value.bool == true {
            guard let kind = kinds[member.name], chosen == nil else {
                throw SwiftletError(.model, "\(path): \(member.name) is not supported, or not together with another")
            }
            chosen = kind
        }
        return chosen
    }
}
