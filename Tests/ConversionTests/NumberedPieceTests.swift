import Conversion
import Foundation
import GGUF
import Swiftlet
import TestSupport
import Testing

/// Folders that have a SentencePiece model and no `tokenizer.json`, against transformers' tokenizers
/// (`Fixtures/conversion/make_pieces.py`).
@Suite struct NumberedPieceTests {
    private struct Expected: Decodable {
        let texts: [String]
        /// Without tokens around them.
        let ids: [[Token]]
        let tokens: [String: Token]
    }

    @Test(arguments: ["mt5", "mbart50", "m2m100", "nllb"])
    func `pieces, sentinels and languages have the ids that transformers gives them`(name: String) throws {
        let folder = try ModelFolderCopy("\(name)-pieces")
        let file = try folder.converted()
        let expected = try JSONDecoder().decode(
            Expected.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("\(name)-pieces.json"))))
        let model = try Model(path: folder.output)
        for (text, ids) in zip(expected.texts, expected.ids) {
            #expect(model.tokenize(text, addSpecial: false) == ids, "\(text)")
            #expect(model.tokenize(text) == ids + [name == "mt5" ? 1 : 2])
        }
        let tokens = try file.metadata.strings("tokenizer.ggml.tokens")
        let kinds = try file.metadata.ints("tokenizer.ggml.token_type")
        for (text, id) in expected.tokens {
            #expect(tokens[Int(id)] == text && kinds[Int(id)] == 3)
        }
    }

    @Test func `languages are named for a translation`() throws {
        for (name, source, target) in [("nllb", "eng_Latn", "deu_Latn"), ("m2m100", "__en__", "__fr__")] {
            let folder = try ModelFolderCopy("\(name)-pieces")
            let tokens = try folder.converted().metadata.strings("tokenizer.ggml.tokens")
            let model = try Model(path: folder.output)
            let language = name == "nllb" ? "de" : "fr"
            let translator = try TextToText(model, .translation(from: "en", to: language))
            let text = model.tokenize("the cat", addSpecial: false)
            #expect(translator.sourceTokens(of: "the cat").map { tokens[Int($0)] }.first == source)
            #expect(translator.targetTokens(of: "the cat").first.map { tokens[Int($0)] } == target)
            #expect(translator.sourceTokens(of: "the cat").dropFirst().dropLast() == text[...])
        }
    }

    @Test func `Pegasus's pieces stand behind the tokens of its training`() throws {
        let folder = try ModelFolderCopy("mt5-pieces")
        let pieces = try Set(folder.converted().metadata.strings("tokenizer.ggml.tokens"))
        let pegasus = try ModelFolderCopy("pegasus")
        try pegasus.remove("tokenizer.json")
        try pegasus.write(TestBytes.read(folder.path("spiece.model")), as: "spiece.model")
        try pegasus.write(#"{"offset": 6}"#, as: "tokenizer_config.json")
        let keys = try pegasus.converted().metadata
        let tokens = try keys.strings("tokenizer.ggml.tokens")
        let first = ["<pad>", "</s>", "<mask_1>", "<mask_2>", "<unk_2>", "<unk_3>", "<unk_4>", "<unk_5>", "<unk>"]
        #expect(tokens[..<9] == first[...])
        #expect(try keys.ints("tokenizer.ggml.token_type")[8] == 2)
        #expect(tokens[9..<20].allSatisfy(pieces.contains))
        try pegasus.write(#"{"offset": 36}"#, as: "tokenizer_config.json")
        let error = #expect(throws: ConversionError.self) { _ = try pegasus.converted() }
        #expect(error.map { "\($0)" }?.contains("offset") == true)
    }

    @Test func `languages that no file lists are asked for`() throws {
        let folder = try ModelFolderCopy("nllb-pieces")
        try folder.remove("special_tokens_map.json")
        let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
        #expect(error.map { "\($0)" }?.contains("the languages are missing: special_tokens_map.json") == true)
    }

    @Test(arguments: [("mbart", "sentencepiece.bpe.model"), ("t5", "spiece.model"), ("pegasus", "spiece.model")])
    func `an empty SentencePiece model is an error`(name: String, file: String) throws {
        let folder = try ModelFolderCopy(name)
        try folder.remove("tokenizer.json")
        try folder.write([], as: file)
        let error = #expect(throws: ConversionError.self) { _ = try folder.converted() }
        #expect(error.map { "\($0)" }?.contains("\(file): no SentencePiece model") == true)
    }

    /// NLLB's `tokenizer.json`: BPE by merges, without bytes, that replaces characters first.
    @Test func `BPE of pieces without bytes splits as the model that it was made of`() throws {
        let folder = try ModelFolderCopy("nllb-pieces")
        let file = try folder.converted()
        let pieces = try Model(path: folder.output)
        let map = try Data(
            file.metadata.ints("tokenizer.ggml.precompiled_charsmap").map(UInt8.init(truncatingIfNeeded:)))
        let tokens = try file.metadata.strings("tokenizer.ggml.tokens")
        let scores = try file.metadata.floats("tokenizer.ggml.scores")
        // As the library writes it: the merges in the order of the scores.
        let ranked = tokens.indices.filter { $0 > 3 && tokens[$0].unicodeScalars.count > 1 && scores[$0] > -9_000 }
            .sorted { scores[$0] > scores[$1] }
        let merges = ranked.flatMap { id in
            let text = Array(tokens[id].unicodeScalars)
            return (1..<text.count).compactMap { cut in
                let parts = [text[..<cut], text[cut...]].map { part in
                    String(String.UnicodeScalarView(part))
                }
                return parts.allSatisfy(tokens.contains) ? parts : nil
            }
        }
        let vocabulary = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) })
        let json: [String: Any] = [
            "model": [
                "type": "BPE", "byte_fallback": false, "fuse_unk": true, "unk_token": "<unk>", "vocab": vocabulary,
                "merges": merges,
            ] as [String: Any],
            "normalizer": ["type": "Precompiled", "precompiled_charsmap": map.base64EncodedString()],
            "pre_tokenizer": ["type": "Metaspace", "prepend_scheme": "always"],
            "added_tokens": [
                ["id": 1, "content": "<pad>", "special": true], ["id": 2, "content": "</s>", "special": true],
            ],
        ]
        try folder.write(JSONSerialization.data(withJSONObject: json), as: "tokenizer.json")
        _ = try folder.converted()
        let model = try Model(path: folder.output)
        for text in ["the cat sat", "Ａ cat’s ﬁsh", "你好 the", "a dog sat on the mat"] {
            #expect(model.tokenize(text, addSpecial: false) == pieces.tokenize(text, addSpecial: false), "\(text)")
        }
    }
}
