import Swiftlet
import TestSupport
import Testing

@Suite struct MeasurementTests {
    @Test func `the read bandwidth is measured with the threads asked for`() throws {
        let found = try ReadBandwidth.measure(threads: 2, bytes: 8 << 20, passes: 2)
        #expect(found.threads == 2 && found.bytesPerSecond > 1e6)
    }

    @Test(arguments: [(-1, 1, 1), (1, 0, 1), (1, 1, 0), (1, .max, 1)])
    func `an impossible measurement is an error`(threads: Int, bytes: Int, passes: Int) {
        let error = #expect(throws: SwiftletError.self) {
            try ReadBandwidth.measure(threads: threads, bytes: bytes, passes: passes)
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func `a decode step reads every matrix, but no table of embeddings`() throws {
        let tied = try Model(path: Fixtures.path("models/llama-tied-f32.gguf"))
        let own = try Model(path: Fixtures.path("models/llama-rope-linear-f32.gguf"))
        #expect(tied.decodeBytes < tied.tensorBytes)
        #expect(own.decodeBytes < own.tensorBytes)
    }

    @Test func `instruction sets have a peak, plain C has none`() throws {
        for name in InstructionSets.runnable {
            let peak = try ProductPeak.measure(instructionSet: name, threads: 2, seconds: 0, passes: 2)
            #expect((peak == nil) == (name == "scalar"))
            guard let peak else { continue }
            #expect(peak.instructionSet == name && peak.threads == 2 && peak.multiplyAddsPerSecond > 1e6)
        }
        #expect(throws: SwiftletError.self) { try ProductPeak.measure(instructionSet: "nonsense") }
    }

    @Test(arguments: [(-1, 0, 1), (1, -1, 1), (1, 61, 1), (1, .nan, 1), (1, 0, 0)])
    func `an impossible peak is an error`(threads: Int, seconds: Double, passes: Int) {
        let error = #expect(throws: SwiftletError.self) {
            try ProductPeak.measure(threads: threads, seconds: seconds, passes: passes)
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test func `a prompt multiplies by all layers for each token, by the output once`() throws {
        let model = try Model(path: Fixtures.path("models/llama-tied-f32.gguf"))
        let (one, two, three) = (
            model.promptMultiplyAdds(tokens: 1), model.promptMultiplyAdds(tokens: 2),
            model.promptMultiplyAdds(tokens: 3)
        )
        #expect(one * 4 == Double(model.decodeBytes))  // each weight once
        #expect(two - one == three - two && two - one < one && two > one)
        #expect(!model.multipliesOnlyQuantized)
    }

    @Test func `a profile counts the steps since it began`() throws {
        let model = try Model(path: Fixtures.path("models/llama-tied-f32.gguf"))
        var session = try Session(model)
        try session.append([1])
        session.startProfile()
        try session.append([1, 2, 3])
        try session.append([4])
        let profile = session.endProfile()
        #expect(profile.steps == 2 && profile.tokens == 4)
        let sum = profile.rows.reduce(profile.otherSeconds) { $0 + $1.seconds + $1.waitingSeconds }
        #expect(abs(sum - profile.seconds) < 0.01 * profile.seconds)
        let products = profile.rows.filter { $0.operation.hasSuffix("product") }.reduce(0) { $0 + $1.multiplyAdds }
        let expected = model.promptMultiplyAdds(tokens: 3) + model.promptMultiplyAdds(tokens: 1)
        #expect(abs(2 * products - expected) < 1e-6 * expected)

        try session.append([5])
        let empty = session.endProfile()
        #expect(empty.steps == 0 && empty.rows.isEmpty && empty.seconds == 0)
    }

    /// The tiny Whisper: 20 bands, 60 positions, width 32, 2 heads, 3 layers in its decoder.
    @Test func `a profile of speech counts the rows that are computed, and the positions that are attended to`() throws
    {
        var session = try SpeechSessionTests.session("whisper-f32.gguf")
        session.startProfile()
        try session.encode(mel: SpeechSessionTests.spectrogram(session.model))
        try session.decode(SpeechSessionTests.prompt)
        try session.decode([256])
        let profile = session.endProfile()
        func find(_ profile: Profile, _ operation: String, shape: String? = nil) throws -> Profile.Row {
            try #require(profile.rows.first { $0.operation == operation && $0.shape == shape ?? $0.shape })
        }
        // Convolutions of width 3: over 120 frames of the spectrogram, then over every second one.
        let first = try find(profile.encoder, "product", shape: "32 x 60")
        #expect(first.multiplyAdds == 120 * 32 * 60 && first.bytes == 32 * 60 * 4)
        #expect(try find(profile.encoder, "product", shape: "32 x 96").multiplyAdds == 60 * 32 * 96)
        // All positions attend to all, in each of the layers.
        let own = try find(profile.encoder, "attention")
        #expect(own.multiplyAdds == Double(own.calls) * 60 * 60 * 64)

        #expect(profile.decoder.steps == 2 && profile.decoder.tokens == 5)
        // The mean of the two steps: four tokens and one, each attending to what came before, and to all positions.
        #expect(try find(profile.decoder, "attention").multiplyAdds == 3 * (10 + 5) * 64 / 2)
        let cross = try find(profile.decoder, "cross-attention")
        #expect(cross.multiplyAdds == 3 * 5 * 60 * 64 / 2)
        #expect(cross.bytes == 3 * 60 * 64 * 4)
    }

    @Test func `a profile of a model with windows counts the pairs within them`() throws {
        var embedder = try Embedder(Model(path: Fixtures.path("models/modern-bert-f16.gguf")))
        embedder.startProfile()
        let count = try embedder.embed([String(repeating: "the ", count: 30)]).texts[0].tokenCount
        let profile = embedder.endProfile()
        let attention = try #require(profile.rows.first { $0.operation == "attention" })
        #expect(attention.multiplyAdds > 0)
        #expect(attention.multiplyAdds < Double(attention.calls) * Double(count * count) * 64)
    }
}
