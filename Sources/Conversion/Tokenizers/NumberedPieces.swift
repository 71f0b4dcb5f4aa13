internal import JSON
internal import Tokenizers

/// How a class of models numbers the pieces of a SentencePiece model, where a folder has no `tokenizer.json` that says it.
enum PieceNumbering: Sendable {
    /// As the model does, with `<extra_id_N>` behind the pieces, the last of them first: T5.
    case sentinels
    /// Behind as many tokens of pre-training: Pegasus.
    case masks
    /// XLM-RoBERTa's, with languages behind the pieces, or by a `vocab.json`, with the languages behind those: mBART, M2M100,
    /// NLLB.
    case languages
    /// As the model does, with `[MASK]` behind the pieces: DeBERTa.
    case masked
    /// As the model does; pieces of digits that end in a comma count less: ALBERT.
    case lowercased
}

/// SentencePiece models of text-to-text models, in folders without a `tokenizer.json`.
///
/// Source: `T5Tokenizer`, `PegasusTokenizer`, `MBartTokenizer`, `MBart50Tokenizer`, `NllbTokenizer` and `M2M100Tokenizer` of
/// `transformers`.
struct NumberedPieces {
    private let files: TokenizerFiles
    private let model: SentencePieceModel
    private var table: TokenTable

    /// The file that a folder has its pieces in; nil: none.
    static func file(_ numbering: PieceNumbering?, in folder: ModelFolder) -> String? {
        let name =
            switch numbering {
            case nil: nil as String?
            case .sentinels, .masks, .lowercased: "spiece.model"
            case .masked: "spm.model"
            case .languages: "sentencepiece.bpe.model"
            }
        return name.flatMap { folder.has($0) ? $0 : nil }
    }

    /// - Parameters:
    ///   - file: the SentencePiece model's name.
    ///   - count: rows of the model's embedding.
    static func convert(
        _ files: TokenizerFiles, _ file: String, _ numbering: PieceNumbering, count: Int
    ) throws(ConversionError) -> ConvertedTokenizer {
        var pieces = try NumberedPieces(files, file, count: count)
        switch numbering {
        case .sentinels: try pieces.addSentinels()
        case .masks: try pieces.addMasks()
        case .languages where files.folder.has("vocab.json"): try pieces.addListed()
        case .languages: try pieces.addShifted()
        case .masked: try pieces.addPieces(from: 0, at: 0)
        case .lowercased: try pieces.addPieces(from: 0, at: 0) { Self.isNumber($0) ? -100 : 0 }
        }
        var tokenizer =
            switch pieces.model.algorithm {
            case .unigram: try UnigramVocabulary.finish(pieces.table, files, pieces.model)
            case .bpe: try PieceVocabulary.finish(pieces.table, files, pieces.model)
            case .word, .character:
                throw .unsupported("a SentencePiece model of words or characters", path: files.folder.path(file))
            }
        tokenizer.addsByDefault = (false, true)
        tokenizer.standardRoles = ["bos": "<s>", "eos": "</s>", "unk": "<unk>", "pad": "<pad>"]
        guard numbering == .masked || numbering == .lowercased else { return tokenizer }
        let isMasked = numbering == .masked
        tokenizer.addsByDefault = (true, true)
        tokenizer.standardRoles = [
            "bos": "[CLS]", "cls": "[CLS]", "eos": "[SEP]", "sep": "[SEP]", "mask": "[MASK]",
            "unk": isMasked ? "[UNK]" : "<unk>", "pad": isMasked ? "[PAD]" : "<pad>",
        ]
        var steps: HuggingFaceSteps = isMasked ? [.stripLeft, .strip, .collapse] : [.quotes, .whitespaceSplit]
        if try files.settings.bool("do_lower_case", default: !isMasked) { steps.insert(.lowercase) }
        let keepsAccents = try files.settings.bool("keep_accents", default: isMasked)
        if !isMasked, !keepsAccents { steps.insert(.stripAccents) }
        tokenizer.huggingFaceSteps = steps.union(.metaspace).names
        if isMasked, pieces.table.id(of: "[MASK]") == nil, pieces.model.pieces.count < count {
            try tokenizer.table.add(pieces.model.pieces.count, Array("[MASK]".utf8), .control)
        }
        return tokenizer
    }

    /// Whether a piece is of digits and ends in a comma.
    private static func isNumber(_ text: [UInt8]) -> Bool {
        text.count > 1 && text.last == UInt8(ascii: ",")
            && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[text.count - 2])
    }

    private init(_ files: TokenizerFiles, _ file: String, count: Int) throws(ConversionError) {
        let folder = files.folder
        guard let bytes = try folder.bytes(file) else { throw .missingFile(file, folder: folder.path) }
        self.files = files
        model = try SentencePieceModel(bytes.span, path: folder.path(file))
        table = TokenTable(count: count, path: folder.path(file))
    }

    private mutating func addPieces(
        from first: Int, at offset: Int, addend: ([UInt8]) -> Float = { _ in 0 }
    ) throws(ConversionError) {
        for (id, piece) in model.pieces.enumerated().dropFirst(first) {
            try table.add(id + offset, piece.text, piece.kind, score: piece.score + addend(piece.text))
        }
    }

    private mutating func addControls(_ names: [String], at first: Int) throws(ConversionError) {
        for (place, name) in names.enumerated() { try table.add(first + place, Array(name.utf8), .control) }
    }

    private mutating func addSentinels() throws(ConversionError) {
        try addPieces(from: 0, at: 0)
        let first = model.pieces.count
        let named = files.specialNames.count { $0.hasPrefix("<extra_id_") }
        let count = try files.settings.index("extra_ids", default: named > 0 ? named : 100)
        // Models whose pieces have them already leave no room.
        guard count <= table.count - first else { return }
        try addControls((0..<count).reversed().map { "<extra_id_\($0)>" }, at: first)
    }

    private mutating func addMasks() throws(ConversionError) {
        let offset = try files.settings.index("offset", default: 103)
        guard offset < table.count else { throw files.settings.wrong("offset", "less than the \(table.count) tokens") }
        let names = ["<pad>", "</s>", "<mask_1>", "<mask_2>"] + (0..<offset).dropFirst(2).map { "<unk_\($0)>" }
        try addControls(Array(names.prefix(offset + 2)), at: 0)
        // The model's own first two are the padding and the end.
        try addPieces(from: 2, at: offset)
    }

    private mutating func addShifted() throws(ConversionError) {
        try addControls(["<s>", "<pad>", "</s>"], at: 0)
        try table.add(3, Array("<unk>".utf8), .unknown)
        try addPieces(from: 3, at: 1)
        let first = model.pieces.count + 1
        let languages = try languages { list in list.count == table.count - first - 1 }
        try addControls(languages + ["<mask>"], at: first)
    }

    private mutating func addListed() throws(ConversionError) {
        let path = files.folder.path("vocab.json")
        guard let members = try files.folder.json("vocab.json")?.members else {
            throw .tokenizer("no object of ids", path: path)
        }
        var pieces: [[UInt8]: SentencePieceModel.Piece] = [:]
        for piece in model.pieces where piece.kind == .normal { pieces[piece.text] = piece }
        for member in members {
            guard let id = member.value.int else {
                throw .tokenizer("the token \(member.name.visible) has no id", path: path)
            }
            let text = Array(member.name.utf8)
            switch member.name {
            case "<unk>": try table.add(id, text, .unknown)
            case "<s>", "<pad>", "</s>": try table.add(id, text, .control)
            default: try table.add(id, text, pieces[text] == nil ? .unused : .normal, score: pieces[text]?.score ?? 0)
            }
        }
        let name = try files.settings.string("language_codes", default: "m2m100")
        let codes = try languages { list in
            list == (name == "wmt21" ? StandardLanguages.wmt21 : StandardLanguages.m2m100)
        }
        try addControls(codes, at: members.count)
    }

    /// The languages' tokens: those that the files list, else the standard ones that fit.
    private func languages(_ fits: ([String]) -> Bool) throws(ConversionError) -> [String] {
        let named = files.specialNames.filter { !$0.hasPrefix("<") }
        if !named.isEmpty { return named }
        guard let list = StandardLanguages.all.first(where: fits) else {
            throw .tokenizer(
                "the languages are missing: special_tokens_map.json or tokenizer_config.json lists them under "
                    + "additional_special_tokens", path: table.path)
        }
        return list
    }
}
