import Swiftlet
import TestSupport
import Testing

/// A random-weight model from sound to text: what it says means nothing, but is the same every time.
@Suite struct TranscriberTests {
    private func transcriber(
        _ change: (inout TranscriptionOptions) -> Void = { _ in }
    ) throws -> Transcriber {
        var options = TranscriptionOptions()
        options.temperatures = [0]
        options.maxNoSpeech = nil
        options.threads = 2
        change(&options)
        return try Transcriber(NanoSpeech.model(), options)
    }

    @Test func `the same sound gives the same text, in pieces and at once`() throws {
        let samples = NanoSpeech.samples(seconds: 3)
        var transcriber = try transcriber {
            $0.temperatures = [0, 0.5]
            $0.findsWords = true
        }
        let whole = try transcriber.segments(of: samples)
        #expect(!whole.isEmpty && whole.allSatisfy { $0.start <= $0.end && $0.end <= 3 })
        #expect(whole.allSatisfy { ($0.words ?? []).map(\.text).joined() == $0.text })
        try transcriber.reset()
        var pieces: [TranscriptSegment] = []
        func take(_ segment: TranscriptSegment) -> Bool {
            pieces.append(segment)
            return true
        }
        for start in stride(from: 0, to: samples.count, by: 7_001) {
            try transcriber.append(Array(samples[start..<min(start + 7_001, samples.count)]), onSegment: take)
        }
        let result = try transcriber.finish(onSegment: take)
        #expect(pieces == whole && result.duration == 3)
    }

    @Test(arguments: [0, 1, 100]) func `a sound without a frame has no text`(count: Int) throws {
        var transcriber = try transcriber()
        #expect(try transcriber.segments(of: [Float](repeating: 0.1, count: count)).isEmpty)
    }

    @Test func `beams and short windows run on a model too`() throws {
        var transcriber = try transcriber {
            $0.beams = 3
            $0.audioContext = 40
        }
        let segments = try transcriber.segments(of: NanoSpeech.samples(seconds: 1.5))
        #expect(segments.allSatisfy { $0.end <= 1.5 && !$0.tokens.isEmpty })
    }

    @Test func `a cancelled transcription says so and can be followed by another`() throws {
        var transcriber = try transcriber()
        let samples = NanoSpeech.samples(seconds: 2)
        transcriber.cancellation.cancel()
        #expect {
            try transcriber.segments(of: samples)
        } throws: { ($0 as? SwiftletError)?.code == .cancelled }
        #expect(try !transcriber.segments(of: samples).isEmpty)
    }

    @Test func `samples that are no numbers are an error`() throws {
        var transcriber = try transcriber()
        #expect(throws: SwiftletError.self) { try transcriber.append([0, .nan], onSegment: { _ in true }) }
    }

    @Test func `options that the model cannot serve are errors that say what it can`() throws {
        func message(_ change: (inout TranscriptionOptions) -> Void) -> String {
            do {
                var options = TranscriptionOptions()
                change(&options)
                _ = try Transcriber(NanoSpeech.model(), options)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(message { $0.language = "xx" }.contains("it knows: en, zh, de"))
        #expect(message { $0.language = "klingon" }.contains("it knows: en, zh, de"))
        #expect(message { $0.audioContext = 101 }.contains("takes 1 to 100"))
        #expect(message { $0.beams = 0 }.contains("use 1 to 64"))
        #expect(message { $0.temperatures = [] }.contains("use one or more"))
        #expect(message { $0.temperatures = [.nan] }.contains("from 0 to 10"))
        let head = CrossAttentionHead(layer: 9, head: 0)
        #expect(message { $0.alignmentHeads = [head] }.contains("no head 0 in layer 9"))
    }

    /// As openai-whisper takes them.
    @Test(
        arguments: [
            ("en", "en"), ("English", "en"), ("CHINESE", "zh"), ("mandarin", "zh"), ("De", "de"),
            ("Haitian Creole", "ht"),
            ("cantonese", nil), ("Auto", nil), (nil, nil),
        ] as [(String?, String?)])
    func `a language has a code and names`(name: String?, code: String?) throws {
        guard name != "cantonese" else {
            // This vocabulary has no token for it.
            #expect(throws: SwiftletError.self) { _ = try transcriber { $0.language = name } }
            return
        }
        let found = try transcriber { $0.language = name }
        #expect(found.options.language == code)
        let tokens = found.model.tokens
        if let name, let code {
            #expect(tokens.language(name) == tokens.language(code) && tokens.language(code) != nil)
        }
    }
}
