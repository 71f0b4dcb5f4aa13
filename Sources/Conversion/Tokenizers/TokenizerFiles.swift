internal import JSON

/// What a model's class says where the tokenizer's files do not.
struct TokenizerDefaults: Sendable {
    /// The splitting rule of byte-level BPE without a `tokenizer.json`.
    var preTokenizer: String?
    /// Kinds of segments, for encoders.
    var tokenTypes: Int?
    /// Whether pieces merge in the order of a list instead of by their scores.
    var mergesPieces = false
    /// Tokens that an answer shows although files call them special.
    var visibleTokens: [String] = []
    /// Of models that are steered by tokens: how the vocabulary ends.
    var steering: SteeringTokens?
    /// Whether tokens are letters and what else a `vocab.txt` lists, found wherever they stand.
    var spellsLetters = false
    /// How pieces are numbered without a `tokenizer.json`; nil: as their file does, or as XLM-RoBERTa does.
    var numbering: PieceNumbering?
}

/// The tokens that steer a model instead of being text. Nothing is put around a text of such a model.
struct SteeringTokens: Sendable {
    /// From this one on all of them are.
    let first: String
    /// The last one that files name for certain.
    let lastNamed: String
    /// Those behind it, which older files leave out.
    let unnamed: [String]
}

/// The files of a folder that describe its tokenizer.
struct TokenizerFiles {
    /// A token beside the vocabulary proper.
    struct Added {
        let id: Int
        let text: String
        let isControl: Bool
    }

    let folder: ModelFolder
    /// `tokenizer.json`.
    let tokenizer: JSONValue?
    /// `tokenizer_config.json`; empty when there is none.
    let settings: Configuration
    /// `special_tokens_map.json`.
    let roles: JSONValue?
    /// `config.json` and `generation_config.json`, for ids.
    let configurations: [JSONValue]

    init(_ folder: ModelFolder, _ c: Configuration) throws(ConversionError) {
        self.folder = folder
        tokenizer = try folder.json("tokenizer.json")
        settings = Configuration(
            path: folder.path("tokenizer_config.json"), value: try folder.json("tokenizer_config.json") ?? .object([]))
        roles = try folder.json("special_tokens_map.json")
        configurations = [c.value] + (try folder.json("generation_config.json").map { [$0] } ?? [])
    }

    var tokenizerPath: String { folder.path("tokenizer.json") }

    /// Added tokens of all the files, the most telling last.
    func addedTokens() throws(ConversionError) -> [Added] {
        var tokens: [Added] = []
        for member in try folder.json("added_tokens.json")?.members ?? [] {
            guard let id = member.value.int else { throw malformed(member.name, in: "added_tokens.json") }
            tokens.append(Added(id: id, text: member.name, isControl: Self.looksLikeControl(member.name)))
        }
        for member in settings.value["added_tokens_decoder"]?.members ?? [] {
            guard let id = Int(member.name), let token = Self.added(id, member.value) else {
                throw malformed(member.name, in: "tokenizer_config.json")
            }
            tokens.append(token)
        }
        for value in tokenizer?["added_tokens"]?.items ?? [] {
            guard let id = value["id"]?.int, let token = Self.added(id, value) else {
                throw malformed(value["id"]?.text ?? "", in: "tokenizer.json")
            }
            tokens.append(token)
        }
        return tokens
    }

    private func malformed(_ what: String, in name: String) -> ConversionError {
        .tokenizer("the added token \(what.visible) lacks an id or a text", path: folder.path(name))
    }

    private static func added(_ id: Int, _ value: JSONValue) -> Added? {
        guard let text = value["content"]?.string else { return nil }
        return Added(id: id, text: text, isControl: value["special"]?.bool == true || looksLikeControl(text))
    }

    /// Some files do not mark tokens that steer the model; llama.cpp goes by these forms.
    private static func looksLikeControl(_ text: String) -> Bool {
        ["<pad>", "<mask>", "<2mass>", "[@BOS@]"].contains(text)
            || (text.hasPrefix("<|") && text.hasSuffix("|>")) || (text.hasPrefix("<｜") && text.hasSuffix("｜>"))
            || (text.hasPrefix("<unused") && text.hasSuffix(">"))
    }

    /// The token with a role (`bos`, `mask`, ...), by its text.
    func text(of role: String) -> String? {
        for value in [settings.value["\(role)_token"], roles?["\(role)_token"]] {
            if let text = value?.string ?? value?["content"]?.string { return text }
        }
        return nil
    }

    /// The texts of special tokens without a role, in the order that the files have.
    var specialNames: [String] {
        for list in [
            settings.value["extra_special_tokens"], settings.value["additional_special_tokens"],
            roles?["additional_special_tokens"],
        ] {
            let names = (list?.items ?? []).compactMap { $0.string ?? $0["content"]?.string }
            if !names.isEmpty { return names }
        }
        return []
    }

    /// Tokens that are never to be generated.
    var suppressedTokens: [Int32]? {
        let suppressed = configurations.lazy.compactMap { $0["suppress_tokens"]?.items }.first?.compactMap(\.int) ?? []
        // Of forbidden runs, those of one token.
        let words = configurations.lazy.compactMap { $0["bad_words_ids"]?.items }.first ?? []
        let single = words.compactMap { $0.items?.count == 1 ? $0.items?[0].int : nil }
        let ids = (suppressed + single).filter { $0 >= 0 }.map(Int32.init(clamping:))
        return ids.isEmpty ? nil : ids
    }

    /// The id that a configuration gives a role; none of a list.
    func id(of role: String) -> Int? {
        configurations.lazy.compactMap { $0["\(role)_token_id"]?.int }.first { $0 >= 0 }
    }
}
