import JSON
import Tokenizers

/// Marian's vocabularies: `source.spm` splits a source into pieces, `vocab.json` numbers these and the target's pieces.
enum MarianVocabulary {
    static let files = ["source.spm", "vocab.json"]

    static func convert(_ files: TokenizerFiles, count: Int) throws(ConversionError) -> ConvertedTokenizer {
        let folder = files.folder
        guard let members = try folder.json("vocab.json")?.members, let bytes = try folder.bytes("source.spm") else {
            throw .missingFile("vocab.json", folder: folder.path)
        }
        let model = try SentencePieceModel(bytes.span, path: folder.path("source.spm"))
        var scores: [[UInt8]: Float] = [:]
        for piece in model.pieces where piece.kind == .normal { scores[piece.text] = piece.score }
        var table = TokenTable(count: count, path: folder.path("vocab.json"))
        for member in members {
            guard let id = member.value.int else {
                throw .tokenizer("the token \(member.name.visible) has no id", path: folder.path("vocab.json"))
            }
            let text = Array(member.name.utf8)
            switch member.name {
            case "<unk>": try table.add(id, text, .unknown)
            case "</s>", "<pad>": try table.add(id, text, .control)
            default:
                // Tokens that name a language stand before a source; those of the target alone never split one.
                let isLanguage = member.name.hasPrefix(">>") && member.name.hasSuffix("<<")
                let kind: TokenKind = isLanguage ? .userDefined : scores[text] == nil ? .unused : .normal
                try table.add(id, text, kind, score: scores[text] ?? 0)
            }
        }
        var tokenizer = ConvertedTokenizer(model: "t5", preTokenizer: "default", table: table)
        tokenizer.hasScores = true
        tokenizer.settings = [
            ("add_space_prefix", model.addsSpacePrefix), ("remove_extra_whitespaces", model.removesExtraSpaces),
        ]
        tokenizer.charsMap = model.charsMap
        tokenizer.addsByDefault = (false, true)
        return tokenizer
    }
}
