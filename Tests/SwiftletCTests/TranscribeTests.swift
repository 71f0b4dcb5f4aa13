import CSwiftlet
import Swiftlet
import TestSupport
import Testing

/// The segments a callback received.
private final class Segments {
    var segments: [TranscriptSegment] = []
    var most = Int.max

    static let callback: swiftlet_on_segment = { user, segment in
        guard let user = user, let segment = segment?.pointee else { return Int32(SWIFTLET_STOP) }
        let segments = Unmanaged<Segments>.fromOpaque(user).takeUnretainedValue()
        var found = TranscriptSegment(
            start: segment.start, end: segment.end, text: String(cString: segment.text),
            tokens: Array(
                UnsafeBufferPointer(start: segment.tokens, count: Int(segment.token_count))))
        if segment.words != nil {
            found.words = UnsafeBufferPointer(start: segment.words, count: Int(segment.word_count)).map {
                TranscriptWord(
                    text: String(cString: $0.text), start: $0.start, end: $0.end, probability: $0.probability)
            }
        }
        found.meanLogProbability = segment.mean_log_probability
        found.noSpeechProbability = segment.no_speech_probability
        segments.segments.append(found)
        return Int32(segments.segments.count < segments.most ? SWIFTLET_CONTINUE : SWIFTLET_STOP)
    }

    var user: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
}

/// Speech through the header, beside the Swift API.
@Suite struct `C: speech` {
    private let model: Owned
    private let clip = Fixtures.path("clips/two.wav")

    init() throws {
        model = try Owned.fixture("speech.gguf")
    }

    private func open(_ change: (inout swiftlet_transcriber_options) -> Void = { _ in }) throws -> Owned {
        var options = swiftlet_transcriber_options()
        options.struct_size = size(of: swiftlet_transcriber_options.self)
        change(&options)
        return try Owned(swiftlet_transcriber_release) {
            swiftlet_transcriber_open(model.raw, &options, $0, $1)
        }
    }

    private func reference(words: Bool) throws -> Transcriber {
        var options = TranscriptionOptions()
        options.findsWords = words
        return try Transcriber(SpeechModel(path: Fixtures.path("speech.gguf")), options)
    }

    private func compare(_ found: [TranscriptSegment], _ expected: [TranscriptSegment]) {
        #expect(found.map(\.text) == expected.map(\.text) && !found.isEmpty)
        #expect(found.map(\.start) == expected.map(\.start) && found.map(\.end) == expected.map(\.end))
        #expect(found.map(\.tokens) == expected.map(\.tokens) && found.map(\.words) == expected.map(\.words))
        #expect(found.map(\.meanLogProbability) == expected.map(\.meanLogProbability))
    }

    @Test(arguments: [false, true])
    func `files and samples become the text of the Swift API`(words: Bool) throws {
        var reference = try reference(words: words)
        var expected: [TranscriptSegment] = []
        let whole = try reference.transcribe(path: clip) {
            expected.append($0)
            return true
        }
        let transcriber = try open { $0.words = UInt32(words ? SWIFTLET_YES : SWIFTLET_NO) }
        let segments = Segments()
        var result = swiftlet_transcription()
        result.struct_size = size(of: swiftlet_transcription.self)
        var text: OpaquePointer?
        try check {
            swiftlet_transcribe_file(
                transcriber.raw, clip, nil, Segments.callback, segments.user, &result, &text, $0)
        }
        compare(segments.segments, expected)
        #expect(takeText(text) == expected.map(\.text).joined())
        #expect(result.is_complete == 1 && result.duration == whole.duration)
        #expect(result.window_count == UInt64(whole.windowCount))

        let samples = try WaveSamples(clip)
        let heard = try reference.segments(of: samples.values)
        segments.segments = []
        try check {
            swiftlet_transcribe(
                transcriber.raw, samples.values, samples.values.count, UInt32(samples.rate), nil, Segments.callback,
                segments.user, nil, nil, $0)
        }
        if samples.rate == 16_000 { compare(segments.segments, heard) }
        #expect(segments.segments.map(\.text) == expected.map(\.text))
    }

    @Test func `a callback stops it`() throws {
        let transcriber = try open()
        let segments = Segments()
        segments.most = 1
        var result = swiftlet_transcription()
        result.struct_size = size(of: swiftlet_transcription.self)
        try check {
            swiftlet_transcribe_file(
                transcriber.raw, clip, nil, Segments.callback, segments.user, &result, nil, $0)
        }
        #expect(result.is_complete == 0 && segments.segments.count == 1)
    }

    @Test func `cancelled before it begins, and then again`() throws {
        let transcriber = try open()
        let cancellation = try Owned.cancellation()
        swiftlet_cancellation_cancel(cancellation.raw)
        func transcribe() -> Int {
            status {
                swiftlet_transcribe_file(transcriber.raw, clip, cancellation.raw, nil, nil, nil, nil, $0)
            }
        }
        #expect(transcribe() == SWIFTLET_ERROR_CANCELLED)
        swiftlet_cancellation_reset(cancellation.raw)
        #expect(transcribe() == SWIFTLET_OK)
    }

    @Test func `samples, rates and options are checked`() throws {
        let transcriber = try open()
        func found(_ samples: [Float], rate: UInt32 = 0, count: Int? = nil) -> Int {
            status {
                swiftlet_transcribe(
                    transcriber.raw, samples, count ?? samples.count, rate, nil, nil, nil, nil, nil, $0)
            }
        }
        #expect(found([]) == SWIFTLET_OK)
        #expect(found([0, .nan]) == SWIFTLET_ERROR_ARGUMENT)
        #expect(found([0], rate: 7) == SWIFTLET_ERROR_ARGUMENT && found([0], rate: .max) == SWIFTLET_ERROR_ARGUMENT)
        #expect(
            found([0], count: .min) == SWIFTLET_ERROR_ARGUMENT && found([0], count: .max) == SWIFTLET_ERROR_ARGUMENT)
        #expect(found([Float](repeating: 0, count: 100), rate: 44_100) == SWIFTLET_OK)
        for path in ["-", "/nowhere.wav"] {
            #expect(
                status { swiftlet_transcribe_file(transcriber.raw, path, nil, nil, nil, nil, nil, $0) }
                    == (path == "-" ? SWIFTLET_ERROR_ARGUMENT : SWIFTLET_ERROR_FILE))
        }
        func opened(_ change: (inout swiftlet_transcriber_options) -> Void) -> Int? {
            do {
                _ = try open(change)
                return SWIFTLET_OK
            } catch {
                return (error as? CFailure)?.status
            }
        }
        #expect(opened { $0.beams = .max } == SWIFTLET_ERROR_ARGUMENT)
        #expect(opened { $0.words = 3 } == SWIFTLET_ERROR_ARGUMENT)
        for (name, status) in [("xx", SWIFTLET_ERROR_ARGUMENT), ("English", SWIFTLET_OK), ("auto", SWIFTLET_OK)] {
            name.withCString { name in #expect(opened { $0.language = name } == status) }
        }
    }
}

/// The samples of a WAV file of one channel and 16 bits.
private struct WaveSamples {
    let rate: Int
    let values: [Float]

    init(_ path: String) throws {
        let bytes = try FileBytes(path).bytes
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        rate = number(24, 4)
        var place = 12
        while number(place, 4) != 0x6174_6164 { place += 8 + number(place + 4, 4) }  // "data"
        values = stride(from: place + 8, to: min(bytes.count - 1, place + 8 + number(place + 4, 4)), by: 2).map {
            Float(Int16(truncatingIfNeeded: number($0, 2))) / 32_768
        }
    }
}
