import Foundation
import GGUF
import Swiftlet
import TestSupport
import Testing
import Tokenizers

/// Lines in twenty scripts, and what Hugging Face's tokenizers and SentencePiece give for them; see
/// `Fixtures/golden/tokenizers/README.md`.
@Suite struct EncoderIDTests {
    @Test(.enabled(if: SharedData.isPresent, .init(rawValue: SharedData.absent)))
    func `every line gives the ids that Hugging Face gives with BERT's vocabulary`() throws {
        let tokenizer = try VocabularyFile.sharedTokenizer("bert-bge")
        for (text, line) in zip(try lines(), try self.lines(of: "bert-bge.ids")) {
            let expected = line.split(separator: " ").compactMap { Int32($0) }
            #expect(encode(text, tokenizer) == expected, "\(text.debugDescription)")
        }
    }

    @Test(arguments: [
        ("uncased", true, nil), ("cased", false, nil), ("uncased-accents", true, false),
        ("cased-stripped", false, true),
    ])
    func `every line gives the ids that Hugging Face gives, with and without case and accents`(
        _ name: String, _ lowercases: Bool, _ stripsAccents: Bool?
    ) throws {
        let file = try tokenizer("wordpiece")
        let tokenizer = try Tokenizer(
            model: "bert", preTokenizer: nil, vocabulary: file.vocabulary, merges: ByteStrings(), special: file.special,
            normalization: TextNormalization(lowercases: lowercases, stripsAccents: stripsAccents))
        for (text, expected) in zip(try lines(), try lines(of: "wordpiece.\(name).fnv")) {
            #expect(hash(encode(text, tokenizer)) == expected, "\(text.debugDescription)")
        }
    }

    /// Where two divisions are as good as each other but for rounding, SentencePiece and Hugging Face may differ.
    @Test(arguments: ["unigram-nfkc", "unigram-bytes", "unigram-plain"])
    func `every line gives the ids that SentencePiece gives, or those that double precision gives`(
        _ name: String
    ) throws {
        let tokenizer = try tokenizer(name)
        var others = 0
        let peers = zip(try lines(of: "\(name).fnv"), try lines(of: "\(name).hf.fnv"))
        for (text, (sentencePiece, huggingFace)) in zip(try lines(), peers) {
            let found = hash(encode(text, tokenizer))
            if found != sentencePiece { others += 1 }
            #expect(found == sentencePiece || found == huggingFace, "\(text.debugDescription)")
        }
        #expect(others <= 3)
    }

    @Test(arguments: [
        ("unigram-nfkc", HuggingFaceSteps([.whitespaceSplit, .metaspace])),
        ("unigram-bytes", HuggingFaceSteps([.whitespaceSplit, .metaspace])),
        ("unigram-plain", HuggingFaceSteps.metaspace),
    ])
    func `every line gives the ids that Hugging Face gives, where the file is of its kind`(
        _ name: String, _ steps: HuggingFaceSteps
    ) throws {
        let file = try GGUFFile(path: Fixtures.path("models/vocab-\(name).gguf"))
        var normalization = TextNormalization(huggingFaceSteps: steps)
        if file.metadata.contains("tokenizer.ggml.precompiled_charsmap") {
            normalization.precompiledCharsmap = try file.metadata.ints("tokenizer.ggml.precompiled_charsmap").map {
                UInt8(truncatingIfNeeded: $0)
            }
        }
        let source = try Tokenizer(file)
        let tokenizer = try Tokenizer(
            model: "t5", preTokenizer: nil, vocabulary: source.vocabulary, merges: ByteStrings(),
            special: source.special, normalization: normalization)
        for (text, expected) in zip(try lines(), try lines(of: "\(name).hf.fnv")) {
            #expect(hash(encode(text, tokenizer)) == expected, "\(text.debugDescription)")
        }
    }

    @Test(arguments: ["wordpiece", "unigram-nfkc", "unigram-bytes", "unigram-plain"])
    func `tokens decode to the text that the peer gives, at once and one by one`(_ name: String) throws {
        let tokenizer = try tokenizer(name)
        let texts = try lines()
        for (index, line) in try lines(of: "\(name).decoded.jsonl").enumerated() {
            let tokens = encode(texts[index * 5], tokenizer)
            // Peers spell unknown tokens out.
            if tokens.contains(where: { $0 == tokenizer.special.unknown }) { continue }
            let expected = try string(line)
            #expect(tokenizer.decodedText(tokens) == expected)
            var decoder = StreamingDecoder(tokenizer)
            #expect(tokens.map { decoder.append($0) }.joined() + decoder.finish() == expected)
        }
    }

    @Test func `a file's own settings are read`() throws {
        let bert = try tokenizer("wordpiece").special
        #expect(bert.bos == 2 && bert.end == 3 && bert.separator == 3 && bert.mask == 4 && bert.unknown == 1)
        #expect(bert.addBOS && bert.addEOS && !bert.addSeparator)
        let roberta = try tokenizer("unigram-nfkc").special
        #expect(roberta.bos == 0 && roberta.eos == 2 && roberta.unknown == 3 && roberta.addBOS && roberta.addEOS)
        let plain = try tokenizer("unigram-plain").special
        #expect(plain.bos == nil && plain.eos == 1 && !plain.addBOS && plain.addEOS && !plain.addSpacePrefix)
    }

    // MARK: - Files

    private func encode(_ text: String, _ tokenizer: Tokenizer) -> [Int32] {
        tokenizer.encode(text, addSpecial: false, parseSpecial: false)
    }

    private func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(GGUFFile(path: Fixtures.path("models/vocab-\(name).gguf")))
    }

    private func lines(of name: String) throws -> [String] {
        let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("golden/tokenizers/\(name)")))
        let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    private func lines() throws -> [String] {
        let lines = try lines(of: "scripts.jsonl").map(string)
        #expect(lines.count == 2000)
        return lines
    }

    private func string(_ json: String) throws -> String {
        try JSONDecoder().decode(String.self, from: Data(json.utf8))
    }

    /// 64-bit FNV-1a of the ids as little-endian bytes.
    private func hash(_ tokens: [Int32]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for token in tokens {
            for shift in [0, 8, 16, 24] as [Int32] {
                hash = (hash ^ UInt64(UInt8(truncatingIfNeeded: token >> shift))) &* 0x100_0000_01B3
            }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
