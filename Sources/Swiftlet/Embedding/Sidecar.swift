internal import GGUF
internal import JSON

/// What sentence-transformers keeps in files beside a model's weights: `modules.json`, `sentence_bert_config.json`,
/// `config_sentence_transformers.json` and each module's `config.json`. Every one but the first may be missing.
struct Sidecar: Sendable {
    private(set) var pooling: EmbedderOptions.Pooling?
    private(set) var maxTokens: Int?
    private(set) var lowercases = false
    private(set) var queryPrefix: String?
    private(set) var passagePrefix: String?
    /// The folders of the layers behind the pooling, in order.
    private(set) var denseFolders: [String] = []

    /// - Throws: ``SwiftletError``: `file` for files that cannot be read or hold something else; `model` for a module that
    ///   is not supported, by name.
    init(_ folder: String) throws(SwiftletError) {
        if let modules = try Self.read("\(folder)/modules.json") {
            for module in try modules.value.elements(modules.path) { try add(module, modules.path, folder) }
        }
        if let settings = try Self.read("\(folder)/sentence_bert_config.json") {
            maxTokens = try settings.value.positive("max_seq_length", settings.path)
            lowercases = try settings.value.flag("do_lower_case", settings.path)
        }
        if let settings = try Self.read("\(folder)/config_sentence_transformers.json"),
            let prompts = settings.value["prompts"]
        {
            queryPrefix = try prompts.text("query", settings.path)
            let document = try prompts.text("document", settings.path)
            passagePrefix = try prompts.text("passage", settings.path) ?? document
        }
    }

    private mutating func add(_ module: JSONValue, _ path: String, _ folder: String) throws(SwiftletError) {
        guard let type = try module.text("type", path), let place = try module.text("path", path) else {
            throw SwiftletError(.file, "\(path): a module without its type or path")
        }
        guard !place.hasPrefix("/"), !place.split(separator: "/").contains("..") else {
            throw SwiftletError(.file, "\(path): the module's path '\(place)' leaves the folder")
        }
        switch type.split(separator: ".").last {
        // Whether vectors are normalized is the caller's choice.
        case "Transformer", "Normalize": break
        case "Pooling": pooling = try Self.pooling("\(folder)/\(place)/config.json")
        case "Dense": denseFolders.append("\(folder)/\(place)")
        default: throw SwiftletError(.model, "\(path): the module '\(type)' is not supported")
        }
    }

    private static func pooling(_ path: String) throws(SwiftletError) -> EmbedderOptions.Pooling? {
        guard let settings = try read(path) else { throw SwiftletError(.file, "\(path): the file is missing") }
        guard case .object(let members) = settings.value else { throw settings.value.unexpected("an object", path) }
        let kinds: [String: EmbedderOptions.Pooling] = [
            "pooling_mode_mean_tokens": .mean, "pooling_mode_cls_token": .cls, "pooling_mode_max_tokens": .max,
            "pooling_mode_lasttoken": .last,
        ]
        var chosen: EmbedderOptions.Pooling?
        for member in members where member.name.hasPrefix("pooling_mode_") && member.value == .bool(true) {
            guard let kind = kinds[member.name], chosen == nil else {
                throw SwiftletError(.model, "\(path): \(member.name) is not supported, or not together with another")
            }
            chosen = kind
        }
        return chosen
    }

    /// A file's JSON; nil when there is none of that name.
    private static func read(_ path: String) throws(SwiftletError) -> (value: JSONValue, path: String)? {
        let file: MappedFile
        do throws(GGUFError) {
            file = try MappedFile(path: path)
        } catch {
            if error.isMissingFile { return nil }
            throw SwiftletError(error)
        }
        let bytes = file.bytes
        guard bytes.byteCount <= mostBytes else {
            throw SwiftletError(.file, "\(path): \(bytes.byteCount) bytes are too many for settings")
        }
        do throws(JSONError) {
            return (try JSONParser.parse(bytes.copy.span), path)
        } catch {
            throw SwiftletError(.file, "\(path): \(error)")
        }
    }

    private static let mostBytes = 1 << 20
}

extension RawSpan {
    fileprivate var copy: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}

/// Values by name, each of the kind that it must be. A missing one, and null, is nil.
extension JSONValue {
    fileprivate func elements(_ path: String) throws(SwiftletError) -> [JSONValue] {
        guard let items else { throw unexpected("an array", path) }
        return items
    }

    fileprivate func text(_ name: String, _ path: String) throws(SwiftletError) -> String? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let text = value.string else { throw value.unexpected("a string as \(name)", path) }
        return text
    }

    fileprivate func flag(_ name: String, _ path: String) throws(SwiftletError) -> Bool {
        guard let value = self[name], !value.isNull else { return false }
        guard let flag = value.bool else { throw value.unexpected("true or false as \(name)", path) }
        return flag
    }

    fileprivate func positive(_ name: String, _ path: String) throws(SwiftletError) -> Int? {
        guard let value = self[name], !value.isNull else { return nil }
        guard let number = value.int, number >= 1 else {
            throw value.unexpected("a positive whole number as \(name)", path)
        }
        return number
    }

    fileprivate func unexpected(_ expected: String, _ path: String) -> SwiftletError {
        SwiftletError(.file, "\(path): expected \(expected), found \(text.prefix(80))")
    }
}
