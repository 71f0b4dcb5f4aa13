import Conversion
import GGUF
import Quantization
import TestSupport
import Testing

/// SentencePiece model files, written here by hand, in the places where Llama and XLM-RoBERTa have them.
@Suite struct PieceTests {
    private struct Message {
        var bytes: [UInt8] = []

        mutating func number(_ field: UInt8, _ value: UInt8) { bytes += [field << 3, value] }

        mutating func text(_ field: UInt8, _ value: [UInt8]) {
            bytes += [field << 3 | 2, UInt8(value.count & 0x7F | 0x80), UInt8(value.count >> 7)] + value
        }

        mutating func float(_ field: UInt8, _ value: Float) {
            bytes.append(field << 3 | 5)
            value.bitPattern.encode(into: &bytes)
        }
    }

    /// A model of the pieces, with scores that fall.
    private static func model(
        _ pieces: [(String, kind: UInt8)], algorithm: UInt8, charsMap: [UInt8] = [], prefix: UInt8 = 1
    ) -> [UInt8] {
        var model = Message()
        for (index, (text, kind)) in pieces.enumerated() {
            var piece = Message()
            piece.text(1, Array(text.utf8))
            piece.float(2, -Float(index))
            piece.number(3, kind)
            model.text(1, piece.bytes)
        }
        var trainer = Message()
        trainer.number(3, algorithm)
        model.text(2, trainer.bytes)
        var normalizer = Message()
        if !charsMap.isEmpty { normalizer.text(2, charsMap) }
        normalizer.number(3, prefix)
        model.text(3, normalizer.bytes)
        return model.bytes
    }

    private static let pieces: [(String, kind: UInt8)] = [
        ("<unk>", 2), ("<s>", 3), ("</s>", 3), ("<0x0A>", 6), ("▁t", 1), ("he", 1), ("x", 4),
    ]

    /// A Llama whose tokenizer is `tokenizer.model` alone.
    private static func llama(_ model: [UInt8]) throws -> ModelFolderCopy {
        let folder = try ModelFolderCopy("llama")
        try folder.remove("tokenizer.json")
        try folder.write(
            #"{"bos_token": "<s>", "eos_token": {"content": "</s>"}, "add_eos_token": false}"#,
            as: "tokenizer_config.json")
        try folder.write(model, as: "tokenizer.model")
        return folder
    }

    @Test func `Llama's pieces keep ids, scores and kinds`() throws {
        let folder = try Self.llama(Self.model(Self.pieces, algorithm: 2))
        try folder.write(#"{"▁user one": 8, "<|turn|>": 9}"#, as: "added_tokens.json")
        let keys = try folder.converted().metadata
        #expect(try keys.string("tokenizer.ggml.model") == "llama")
        let tokens = try keys.strings("tokenizer.ggml.tokens")
        #expect(
            tokens[..<10] == ["<unk>", "<s>", "</s>", "<0x0A>", "▁t", "he", "x", "[PAD7]", " user one", "<|turn|>"])
        #expect(try keys.ints("tokenizer.ggml.token_type")[..<10] == [2, 3, 3, 6, 1, 1, 4, 5, 4, 3])
        #expect(try keys.floats("tokenizer.ggml.scores")[..<9] == [0, -1, -2, -3, -4, -5, -6, -10_000, -1_000])
        #expect(try keys.int("tokenizer.ggml.bos_token_id") == 1)
        #expect(try keys.int("tokenizer.ggml.eos_token_id") == 2)
        #expect(try keys.bool("tokenizer.ggml.add_bos_token"))
        #expect(!keys.contains("tokenizer.ggml.add_space_prefix"))
    }

    @Test func `a model without a space in front says so`() throws {
        let folder = try Self.llama(Self.model(Self.pieces, algorithm: 2, prefix: 0))
        #expect(try !folder.converted().metadata.bool("tokenizer.ggml.add_space_prefix"))
    }

    @Test func `XLM-RoBERTa's ids are moved`() throws {
        let folder = try ModelFolderCopy("roberta")
        try folder.remove("tokenizer.json")
        let map: [UInt8] = [1, 2, 0, 255]
        try folder.write(Self.model(Self.pieces, algorithm: 1, charsMap: map), as: "sentencepiece.bpe.model")
        let keys = try folder.converted().metadata
        #expect(try keys.string("tokenizer.ggml.model") == "t5")
        let expected = ["<s>", "<pad>", "</s>", "<unk>", "<0x0A>", "▁t", "he", "x", "<mask>", "[PAD9]"]
        #expect(try keys.strings("tokenizer.ggml.tokens")[..<10] == expected[...])
        #expect(try keys.ints("tokenizer.ggml.token_type")[..<10] == [3, 3, 3, 2, 6, 1, 1, 4, 3, 5])
        #expect(try keys.floats("tokenizer.ggml.scores")[5] == -4)
        #expect(try keys.ints("tokenizer.ggml.precompiled_charsmap") == map.map(Int.init))
        #expect(!keys.contains("tokenizer.huggingface.steps"))
    }

    @Test func `the merges of a tokenizer.json made of pieces stand for scores`() throws {
        let folder = try ModelFolderCopy("llama")
        try folder.write(
            """
            {"model": {"type": "BPE", "byte_fallback": true, "unk_token": "<unk>",
             "vocab": {"<unk>": 0, "<s>": 1, "<0x41>": 2, "▁": 3, "a": 4, "▁a": 5, "aa": 6},
             "merges": ["a a", ["▁", "a"]]},
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}]},
             "added_tokens": [{"id": 1, "content": "<s>", "special": true}]}
            """, as: "tokenizer.json")
        let keys = try folder.converted().metadata
        #expect(try keys.string("tokenizer.ggml.model") == "llama")
        #expect(try keys.ints("tokenizer.ggml.token_type")[..<7] == [2, 3, 6, 1, 1, 1, 1])
        #expect(try keys.floats("tokenizer.ggml.scores")[4..<7] == [-2, -1, 0])
    }

    @Test func `what is no SentencePiece model is an error, wherever it is damaged`() throws {
        let good = Self.model(Self.pieces, algorithm: 2, charsMap: [1, 2, 3])
        let folder = try Self.llama(good)
        var random = SeededRandom(seed: 3)
        for round in 0..<good.count + 300 {
            var bytes = good
            if round < good.count {
                bytes.removeLast(good.count - round)
            } else {
                bytes[random.below(bytes.count)] = UInt8(random.below(256))
            }
            try folder.write(bytes, as: "tokenizer.model")
            do throws(ConversionError) {
                _ = try ModelConverter(folder: folder.path, type: .f32)
            } catch {
                #expect("\(error)".contains("/tokenizer.model: "), "\(error)")
            }
        }
    }
}
