import Conversion
import Foundation
import GGUF
import JSON
import Quantization
import Swiftlet
import TestSupport
import Testing

/// A Whisper as transformers saves it, against what transformers computes (`Fixtures/conversion/README.md`).
@Suite struct WhisperFolderTests {
    struct Expected: Decodable {
        let texts: [String]
        let ids: [[Token]]
        let prompt: [Token]
        let greedy: [Token]
        /// Of these positions.
        let encoded: [[Float]]
        let positions: [Int]
        /// Behind the prompt, and before the last token.
        let logits: [[Float]]
        let filterSums: [Float]

        init() throws {
            self = try JSONDecoder().decode(
                Self.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("whisper.json"))))
        }
    }

    private static let bands = 24
    private static let frames = 200

    /// The formula of `make_folders.py`, `[bands, frames]`.
    private static let spectrogram: [Float] = {
        var values: [Float] = []
        for band in 0..<bands {
            for frame in 0..<frames {
                let step = (band * 37 + frame * 11 + band * frame) % 64
                values.append(Float(step) / 32 - 1)
            }
        }
        return values
    }()

    private func distance(_ found: [Float], _ exact: [Float]) -> Float {
        found.count == exact.count ? zip(found, exact).map { abs($0 - $1) }.max() ?? .infinity : .infinity
    }

    @Test func `what the encoder hears, logits and greedy tokens are those of transformers`() throws {
        let folder = try ModelFolderCopy("whisper")
        _ = try folder.converted()
        let expected = try Expected()
        var session = try SpeechSession(SpeechModel(path: folder.output))
        try session.encode(mel: Self.spectrogram)
        var encoded: [[Float]] = []
        session.withEncoded { _, row in encoded.append(row.indices.map { row[$0] }) }
        for (position, exact) in zip(expected.positions, expected.encoded) {
            let distance = distance(encoded[position], exact)
            #expect(distance < 1e-4, "\(position): \(distance)")
        }
        try session.decode(expected.prompt)
        var rows: [[Float]] = []
        var greedy: [Token] = []
        while greedy.count < expected.greedy.count {
            let row = try #require(session.withLogits { row in row.indices.map { row[$0] } })
            rows.append(row)
            let best = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
            greedy.append(Token(best))
            try session.decode([Token(best)])
        }
        #expect(greedy == expected.greedy)
        #expect(distance(rows[0], expected.logits[0]) < 2e-4)
        #expect(distance(rows[rows.count - 1], expected.logits[1]) < 2e-4)
    }

    @Test func `texts have the ids of Hugging Face's tokenizer`() throws {
        let folder = try ModelFolderCopy("whisper")
        _ = try folder.converted()
        let expected = try Expected()
        let model = try SpeechModel(path: folder.output)
        for (text, ids) in zip(expected.texts, expected.ids) { #expect(model.tokenize(text) == ids, "\(text)") }
    }

    @Test func `the file has the keys and tensors of one that was made of whisper cpp's`() throws {
        let folder = try ModelFolderCopy("whisper")
        let file = try folder.converted(to: nil)
        let keys = file.metadata
        #expect(try keys.string("general.architecture") == "whisper")
        let sizes = [
            ("encoder.context_length", 100), ("encoder.feed_forward_length", 48), ("decoder.context_length", 64),
            ("decoder.feed_forward_length", 80), ("encoder.attention.head_count", 2),
            ("decoder.attention.head_count", 4), ("encoder.mels_count", 24), ("decoder.block_count", 2),
        ]
        for (key, size) in sizes { #expect(try keys.int("whisper.\(key)") == size, "\(key)") }
        #expect(try keys.int("tokenizer.ggml.eos_token_id") == 270)
        #expect(try keys.int("tokenizer.ggml.bos_token_id") == 270)
        #expect(try !keys.bool("tokenizer.ggml.add_bos_token") && !keys.contains("tokenizer.ggml.add_eos_token"))
        let kinds = try keys.ints("tokenizer.ggml.token_type")
        #expect(kinds[..<270].allSatisfy { $0 == 1 } && kinds[270...].allSatisfy { $0 == 3 })
        var types: [String: TensorType] = [:]
        for tensor in file.tensors { types[tensor.name] = tensor.type }
        #expect(types["enc.conv1d.2.weight"] == .F16 && types["enc.position_embd.weight"] == .F32)
        #expect(types["token_embd.weight"] == .F16 && types["output.weight"] == nil)
        #expect(types["dec.blk.1.cross_attn_k.weight"] == .F16 && types["dec.blk.1.cross_attn_k.bias"] == nil)
        #expect(file.tensor(named: "enc.conv1d.1.weight")?.dimensions == [3, 24, 32])
        let filters = file.floats("mel_filters")
        let bins = filters.count / Self.bands
        let sums = (0..<Self.bands).map { band in filters[band * bins..<(band + 1) * bins].reduce(0, +) }
        #expect(distance(sums, try Expected().filterSums) < 1e-6)
        let model = try SpeechModel(path: folder.output)
        #expect(model.alignmentHeads == [CrossAttentionHead(layer: 0, head: 1), CrossAttentionHead(layer: 1, head: 0)])
        #expect(model.suppressedTokens == [3, 7, 270])
        #expect(model.isMultilingual && model.tokens.languages.map(\.code) == ["en", "zh", "de"])
        #expect(model.tokens.timestamps == 281...381)
    }

    @Test func `weights are quantized on the way`() throws {
        let folder = try ModelFolderCopy("whisper")
        let file = try folder.converted(to: .q8_0)
        #expect(file.tensor(named: "enc.blk.0.attn_q.weight")?.type == .Q8_0)
        #expect(file.tensor(named: "enc.conv1d.1.weight")?.type == .F16)
        var session = try SpeechSession(SpeechModel(path: folder.output))
        try session.encode(mel: Self.spectrogram)
        try session.decode([271])
    }

    /// Older folders have no `tokenizer.json`, and no times among the added tokens.
    @Test func `a vocabulary in files of its own is as good, and times need no names`() throws {
        let folder = try ModelFolderCopy("whisper")
        let whole = try folder.converted().metadata
        let tokenizer = try JSONParser.parse(Array(folder.text("tokenizer.json").utf8).span)
        let model = try #require(tokenizer["model"])
        try folder.write(try #require(model["vocab"]).text, as: "vocab.json")
        let merges = try #require(model["merges"]?.items).map { pair in
            pair.string ?? (pair.items ?? []).compactMap(\.string).joined(separator: " ")
        }
        try folder.write("#version: 0.2\n" + merges.joined(separator: "\n") + "\n", as: "merges.txt")
        let added = try #require(tokenizer["added_tokens"]?.items).filter { $0["special"]?.bool == true }
        let members = try added.map { "\(try #require($0["content"]).text): \(try #require($0["id"]).text)" }
        try folder.write("{\(members.joined(separator: ", "))}", as: "added_tokens.json")
        try folder.remove("tokenizer.json")
        let keys = try folder.converted().metadata
        for key in ["tokens", "merges"] {
            #expect(try keys.strings("tokenizer.ggml.\(key)") == whole.strings("tokenizer.ggml.\(key)"))
        }
        #expect(try keys.ints("tokenizer.ggml.token_type") == whole.ints("tokenizer.ggml.token_type"))
        #expect(try keys.strings("tokenizer.ggml.tokens").last == "<|2.00|>")
        try folder.remove("added_tokens.json")
        #expect(throws: (any Error).self) { try folder.converted() }
    }

    @Test func `filters of the folder are taken, whichever way they lie`() throws {
        let folder = try ModelFolderCopy("whisper")
        func rows(_ outer: Int, _ inner: Int, _ value: (Int, Int) -> Int) -> String {
            (0..<outer).map { row in "[\((0..<inner).map { String(value(row, $0)) }.joined(separator: ","))]" }
                .joined(separator: ",")
        }
        let original = try folder.text("preprocessor_config.json")
        func write(_ filters: String) throws {
            let text = original.replacingOccurrences(of: "\"n_fft\"", with: "\"mel_filters\": [\(filters)], \"n_fft\"")
            try folder.write(text, as: "preprocessor_config.json")
        }
        try write(rows(24, 201) { $0 + $1 })
        let expected = (0..<24).flatMap { band in (0..<201).map { Float(band + $0) } }
        #expect(try folder.converted().floats("mel_filters") == expected)
        try write(rows(201, 24) { $0 + $1 })
        #expect(try folder.converted().floats("mel_filters") == expected)
        try write(rows(24, 200) { $0 + $1 })
        #expect(throws: (any Error).self) { try folder.converted() }
        // As newer releases of transformers write it.
        try folder.remove("preprocessor_config.json")
        try folder.write("{\"feature_extractor\": \(original)}", as: "processor_config.json")
        #expect(try folder.converted().floats("mel_filters").count == 24 * 201)
    }
}
