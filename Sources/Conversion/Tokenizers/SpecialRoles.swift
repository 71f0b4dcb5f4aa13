internal import GGUF
internal import JSON

/// The tokens with roles, and what is added to every text, from all the files that say something about it.
struct SpecialRoles {
    /// Under the names that GGUF has for them; "seperator" is its spelling.
    private static let keys = [
        ("bos", "bos_token_id"), ("eos", "eos_token_id"), ("unk", "unknown_token_id"),
        ("sep", "seperator_token_id"), ("pad", "padding_token_id"), ("mask", "mask_token_id"), ("eot", "eot_token_id"),
    ]

    private var ids: [String: Int] = [:]
    private var adds: [String: Bool] = [:]

    /// - Parameters:
    ///   - adds: what holds where no file says.
    ///   - standard: the tokens' texts where no file says.
    ///   - isSteered: nothing is added, whatever they say: what they put around a text asks for one.
    init(
        _ files: TokenizerFiles, _ table: TokenTable, adds defaults: (bos: Bool, eos: Bool),
        standard: [String: String], isSteered: Bool
    ) throws(ConversionError) {
        var texts: [String: String] = [:]
        for role in ["bos", "eos", "unk", "sep", "pad", "cls", "mask"] {
            texts[role] = files.text(of: role) ?? standard[role]
        }
        // Encoders call the tokens around a text otherwise.
        if texts["bos"] == nil { texts["bos"] = texts["cls"] }
        if texts["eos"] == nil { texts["eos"] = texts["sep"] }
        // Said also where nothing is added: what holds for a file that is silent depends on its reader.
        adds["bos"] = defaults.bos
        if defaults.eos { adds["eos"] = true }
        let processor = isSteered ? .null : files.tokenizer?["post_processor"] ?? .null
        for part in processor["processors"]?.items ?? [processor] { read(part, &texts) }
        for role in ["bos", "eos"] where !isSteered && files.settings.has("add_\(role)_token") {
            adds[role] = try files.settings.bool("add_\(role)_token", default: false)
        }
        for (role, _) in Self.keys {
            if let text = texts[role], let id = table.id(of: text) {
                ids[role] = id
            } else if let id = files.id(of: role) {
                guard id < table.count else {
                    throw .tokenizer(
                        "the id \(id) of \(role)_token is beyond the \(table.count) tokens", path: table.path)
                }
                ids[role] = id
            }
        }
        for role in ["bos", "eos"] where adds[role] == true && ids[role] == nil { adds[role] = false }
    }

    /// What a post-processor puts around a text and between two.
    private mutating func read(_ part: JSONValue, _ texts: inout [String: String]) {
        switch part["type"]?.string {
        case "RobertaProcessing", "BertProcessing":
            adds["bos"] = true
            adds["eos"] = true
            adds["sep"] = part["type"]?.string == "RobertaProcessing"
            if let text = part["cls"]?.items?.first?.string, texts["bos"] == nil { texts["bos"] = text }
            if let text = part["sep"]?.items?.first?.string {
                if texts["eos"] == nil { texts["eos"] = text }
                if texts["sep"] == nil { texts["sep"] = text }
            }
        case "TemplateProcessing": readTemplate(part, &texts)
        default: break
        }
    }

    private mutating func readTemplate(_ part: JSONValue, _ texts: inout [String: String]) {
        func special(_ item: JSONValue?) -> String? { item?["SpecialToken"]?["id"]?.string }
        let single = part["single"]?.items ?? []
        guard single.count > 1 else { return }
        let first = special(single.first)
        let last = special(single.last)
        if let first {
            if texts["bos"] == nil { texts["bos"] = first }
            adds["bos"] = first == texts["bos"] || first == texts["cls"]
        }
        if let last {
            // The end of a text is not always the end of an answer: that keeps a role of its own.
            if let end = texts["eos"], end != last { texts["eot"] = end }
            texts["eos"] = last
            adds["eos"] = true
        }
        guard let pair = part["pair"]?.items else { return }
        let between = pair.drop { special($0) != nil }.prefix { _ in true }
        guard let second = between.dropFirst().firstIndex(where: { $0["Sequence"] != nil }) else { return }
        let separators = between[(between.startIndex + 1)..<second]
        if !separators.isEmpty { adds["sep"] = last == nil || separators.count == 2 }
    }

    func write(to contents: inout GGUFContents) {
        for (role, key) in Self.keys {
            if let id = ids[role] { contents.set("tokenizer.ggml.\(key)", UInt32(clamping: id)) }
        }
        for role in ["bos", "eos", "sep"] {
            if let adds = adds[role] { contents.set("tokenizer.ggml.add_\(role)_token", adds) }
        }
    }
}
