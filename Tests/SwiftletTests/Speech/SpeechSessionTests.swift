import GGUF
import Swiftlet
import TestSupport
import Testing

/// A speech session's contract apart from its numbers.
@Suite struct SpeechSessionTests {
    static let prompt: [Token] = [260, 261, 265, 269]

    static func session(_ file: String = "whisper-f16.gguf", hypotheses: Int = 1) throws -> SpeechSession {
        var options = SpeechOptions()
        options.hypotheses = hypotheses
        options.threads = 2
        var session = try SpeechSession(SpeechModel(path: Fixtures.path("models/\(file)")), options)
        try session.encode(mel: spectrogram(session.model))
        return session
    }

    static func spectrogram(_ model: SpeechModel) -> [Float] {
        WhisperBin.spectrogram(seed: 4, bands: model.melBands, frames: 2 * model.audioContext)
    }

    static func logits(_ session: borrowing SpeechSession, _ row: Int = 0) throws -> [Float] {
        try #require(session.withLogits(row) { row in row.indices.map { row[$0] } })
    }

    @Test func `a model says what it is`() throws {
        let model = try SpeechModel(path: Fixtures.path("models/whisper-f16.gguf"))
        #expect(model.architecture == "whisper" && model.melBands == 20 && model.melBins == 33)
        #expect(model.melFilters.count == 20 * 33)
        #expect(model.audioContext == 60 && model.textContext == 40 && model.hiddenSize == 32)
        #expect(model.decoderLayers == 3 && model.decoderHeads == 2)
        let tokens = model.tokens
        #expect(tokens.languages.map(\.code) == ["en", "zh", "de"] && tokens.language("fr") == nil)
        #expect(tokens.timestamps.count == 51 && tokens.seconds(tokens.timestamps.upperBound) == 1)
        #expect(tokens.seconds(tokens.noTimestamps) == nil)
        #expect(tokens.endOfText == 259 && tokens.startOfTranscript == 260)
        #expect(model.detokenize([tokens.startOfTranscript, 258, 71]) == " theh")
        #expect(model.detokenize([tokens.startOfTranscript], renderSpecial: true) == "<|startoftranscript|>")
        #expect(model.tokenize(" the in") == [220, 83, 256, 220, 257])
    }

    @Test func `a vocabulary whose times stand before the text's end is refused`() throws {
        let folder = try TemporaryFolder()
        let source = Fixtures.path("models/whisper-f16.gguf")
        let names = try GGUFFile(path: source).metadata.strings("tokenizer.ggml.tokens")
        var changed = names
        let end = try #require(names.firstIndex(of: "<|endoftext|>"))
        let time = try #require(names.firstIndex(of: "<|0.00|>"))
        changed.swapAt(end, time)
        let path = folder.path("swapped.gguf")
        try ModelCopy.write(source, to: path) { $0.set("tokenizer.ggml.tokens", changed) }
        let error = #expect(throws: SwiftletError.self) { _ = try SpeechModel(path: path) }
        #expect(error?.code == .tokenizer && error?.message.contains("<|0.00|> stands before <|endoftext|>") == true)
    }

    @Test func `a model of text is no speech model, and the other way round`() throws {
        let text = #expect(throws: SwiftletError.self) { try SpeechModel(path: Fixtures.path("models/llama-f32.gguf")) }
        #expect(text?.code == .model)
        let model = try Model(path: Fixtures.path("models/whisper-f32.gguf"))
        let session = #expect(throws: SwiftletError.self) { _ = try Session(model) }
        #expect(session?.code == .model && session?.message.contains("transcribes speech") == true)
        let embedder = #expect(throws: SwiftletError.self) { _ = try Embedder(model) }
        #expect(embedder?.code == .model && embedder?.message.contains("transcribes speech") == true)
    }

    @Test(arguments: ["whisper-f16.gguf", "whisper-q8_0.gguf"])
    func `hypotheses side by side are what each is alone`(file: String) throws {
        var together = try Self.session(file, hypotheses: 3)
        try together.decode(Self.prompt)
        let prompted = try Self.logits(together)
        try together.reorder([0, 0, 0])
        try together.decodeEach([10, 20, 30])
        try together.reorder([2, 0, 2])
        try together.decodeEach([11, 12, 13])
        let texts: [[Token]] = [[30, 11], [10, 12], [30, 13]]
        for (row, text) in texts.enumerated() {
            #expect(together.position(of: row) == Self.prompt.count + 2)
            var alone = try Self.session(file)
            try alone.decode(Self.prompt)
            #expect(try Self.logits(alone) == prompted)
            for token in text { try alone.decode([token]) }
            #expect(try Self.logits(alone) == Self.logits(together, row))
        }
        try together.reorder([1])
        #expect(together.hypothesisCount == 1 && together.position() == Self.prompt.count + 2)
    }

    @Test func `a text taken back leaves nothing`() throws {
        var session = try Self.session()
        try session.decode(Self.prompt)
        let before = try Self.logits(session)
        try session.decode([5])
        session.truncate(to: Self.prompt.count - 1)
        #expect(session.withLogits { _ in 0 } == nil)
        try session.decode([Self.prompt[Self.prompt.count - 1]])
        let again = try Self.logits(session)
        #expect(zip(before, again).allSatisfy { abs($0 - $1) < 1e-4 })
        session.reset()
        try session.decode(Self.prompt)
        #expect(try Self.logits(session) == before)
    }

    @Test func `all logits of a text end in the last ones`() throws {
        var session = try Self.session()
        try session.decode(Self.prompt)
        let last = try Self.logits(session)
        session.reset()
        try session.decode(Self.prompt, keepsAll: true)
        #expect(try Self.logits(session, Self.prompt.count - 1) == last)
        #expect(session.withLogits(Self.prompt.count) { _ in 0 } == nil)
    }

    @Test func `attention's rows add up to one, and leave the hypotheses alone`() throws {
        var session = try Self.session()
        try session.decode(Self.prompt)
        let before = try Self.logits(session)
        let heads = [CrossAttentionHead(layer: 2, head: 1), CrossAttentionHead(layer: 0, head: 0)]
        let found = try session.crossAttention(of: Self.prompt + [1, 2], heads: heads)
        #expect(found.headCount == 2 && found.tokenCount == 6 && found.positionCount == 60)
        for start in stride(from: 0, to: found.weights.count, by: 60) {
            #expect(abs(found.weights[start..<start + 60].reduce(0, +) - 1) < 1e-5)
        }
        #expect(try Self.logits(session) == before && session.position() == Self.prompt.count)
        let one = try session.crossAttention(of: Self.prompt, heads: [heads[1]])
        #expect(one.weights == Array(found.weights[360..<600]))
    }

    @Test func `a cancelled step leaves the session as it was`() throws {
        var session = try Self.session()
        try session.decode(Self.prompt)
        session.cancellation.cancel()
        let error = #expect(throws: SwiftletError.self) { try session.decode([1]) }
        #expect(error?.code == .cancelled && session.position() == Self.prompt.count)
        try session.decode([1])
        session.cancellation.cancel()
        let mel = Self.spectrogram(session.model)
        #expect(throws: SwiftletError.self) { try session.encode(mel: mel) }
        #expect(session.audioPositions == 0)
        try session.encode(mel: mel)
        #expect(session.audioPositions == 60 && session.position() == 0)
    }

    @Test func `what cannot be is an error`() throws {
        let model = try SpeechModel(path: Fixtures.path("models/whisper-f16.gguf"))
        var options = SpeechOptions()
        options.hypotheses = 0
        #expect(throws: SwiftletError.self) { _ = try SpeechSession(model, options) }
        var session = try SpeechSession(model)
        #expect(throws: SwiftletError.self) { try session.decode([1]) }
        let mel = Self.spectrogram(model)
        #expect(throws: SwiftletError.self) { try session.encode(mel: Array(mel.dropLast())) }
        #expect(throws: SwiftletError.self) { try session.encode(mel: mel, audioContext: 61) }
        #expect(throws: SwiftletError.self) { try session.encode(mel: [], audioContext: 0) }
        try session.encode(mel: mel, audioContext: 10)
        #expect(session.audioPositions == 10)
        #expect(throws: SwiftletError.self) { try session.decode([Token(model.vocabularySize)]) }
        #expect(throws: SwiftletError.self) { try session.decode([1], of: 1) }
        #expect(throws: SwiftletError.self) { try session.decodeEach([1, 2]) }
        #expect(throws: SwiftletError.self) { try session.reorder([0, 0]) }
        #expect(throws: SwiftletError.self) { try session.reorder([]) }
        let full = #expect(throws: SwiftletError.self) { try session.decode([Token](repeating: 1, count: 41)) }
        #expect(full?.code == .invalidArgument || full?.code == .contextFull)
        let head = CrossAttentionHead(layer: 3, head: 0)
        #expect(throws: SwiftletError.self) { try session.crossAttention(of: [1], heads: [head]) }
        #expect(throws: SwiftletError.self) { try session.crossAttention(of: [1], heads: []) }
        #expect(session.position() == 0)
    }
}
