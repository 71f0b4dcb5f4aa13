// Documented in swiftlet.h.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

internal import Audio
public import CSwiftlet
internal import Swiftlet

/// A transcriber that threads take turns with.
final class TranscriberObject: Handle, @unchecked Sendable {  // whoever has the turn uses the transcriber
    static var kind: HandleKind { .transcriber }
    private let turn: Turn
    private var transcriber: Transcriber

    init(_ model: SpeechModel, _ options: TranscriptionOptions) throws(Failure) {
        turn = try Turn()
        transcriber = try Failure.translating { () throws(SwiftletError) in try Transcriber(model, options) }
    }

    /// Transcribes samples that lie with the caller.
    func transcribe(
        _ samples: UnsafeBufferPointer<Float>, rate: Int, _ request: TranscriptionRequest
    ) throws(Failure) {
        var resampler: Resampler
        do throws(AudioError) {
            resampler = try Resampler(from: rate, to: Transcriber.sampleRate)
        } catch {
            throw Failure(.argument, "\(error)", place: "sample_rate")
        }
        if let index = unsafe samples.firstIndex(where: { !$0.isFinite }) {
            throw Failure(
                .argument, "sample \(index) is infinite or not a number", place: "samples", index: index)
        }
        try use(request) { transcriber, show throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in
                try transcriber.reset()
                var goesOn = true
                func take(_ segment: TranscriptSegment) -> Bool {
                    goesOn = show(segment)
                    return goesOn
                }
                var start = 0
                // Second for second: memory does not grow with the sound.
                while goesOn, start < samples.count {
                    let end = min(start + rate, samples.count)
                    let second = unsafe Array(samples[start..<end])
                    var resampled: [Float] = []
                    resampler.resample(second.span, into: &resampled)
                    if start + rate >= samples.count { resampler.finish(into: &resampled) }
                    try transcriber.append(resampled, onSegment: take)
                    start = end
                }
                return try transcriber.finish(onSegment: take)
            }
        }
    }

    /// Transcribes a WAV file.
    func transcribe(path: String, _ request: TranscriptionRequest) throws(Failure) {
        // A library does not read its host's standard input.
        guard path != "-" else { throw Failure(.argument, "path is -: name a file", place: "path") }
        try use(request) { transcriber, show throws(Failure) in
            try Failure.translating { () throws(SwiftletError) in
                let transcription = try transcriber.transcribe(path: path, onSegment: show)
                for warning in transcription.warnings { Log.warn("sound", warning) }
                return transcription
            }
        }
    }

    private func use(
        _ request: TranscriptionRequest,
        _ body: (inout Transcriber, (TranscriptSegment) -> Bool) throws(Failure) -> Transcription
    ) throws(Failure) {
        var text = ""
        func show(_ segment: TranscriptSegment) -> Bool {
            text += segment.text
            return request.show(segment)
        }
        let transcription = try turn.wait { () throws(Failure) in
            try unsafe CancellationObject.run(
                request.cancellation, transcriber.cancellation
            ) { () throws(Failure) in try body(&transcriber, show) }
        }
        try request.finish(text, transcription)
    }
}

@c @implementation
public func swiftlet_transcriber_open(
    _ model: OpaquePointer?, _ options: UnsafePointer<swiftlet_transcriber_options>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let model = try unsafe ModelObject.of(model).speech
        try unsafe TranscriberObject(model, TranscriptionOptions(options)).give(out)
    }
}

@c @implementation
public func swiftlet_transcriber_release(_ transcriber: OpaquePointer?) {
    unsafe TranscriberObject.release(transcriber)
}

@c @implementation
public func swiftlet_transcribe(
    _ transcriber: OpaquePointer?, _ samples: UnsafePointer<Float>?, _ count: Int, _ sample_rate: UInt32,
    _ cancellation: OpaquePointer?, _ on_segment: swiftlet_on_segment?, _ user: UnsafeMutableRawPointer?,
    _ result: UnsafeMutablePointer<swiftlet_transcription>?, _ text: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let transcriber = try unsafe TranscriberObject.of(transcriber)
        let request = try unsafe TranscriptionRequest(cancellation, on_segment, user, result, text)
        guard count >= 0, count <= Int.max / 4, unsafe samples != nil || count == 0 else {
            throw Failure(.argument, "samples is NULL, or their count is not possible", place: "samples")
        }
        try unsafe transcriber.transcribe(
            UnsafeBufferPointer(start: samples, count: count),
            rate: sample_rate == 0 ? Transcriber.sampleRate : Int(sample_rate), request)
    }
}

@c @implementation
public func swiftlet_transcribe_file(
    _ transcriber: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ cancellation: OpaquePointer?,
    _ on_segment: swiftlet_on_segment?, _ user: UnsafeMutableRawPointer?,
    _ result: UnsafeMutablePointer<swiftlet_transcription>?, _ text: UnsafeMutablePointer<OpaquePointer?>?,
    _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> swiftlet_status {
    unsafe attempt(error) { () throws(Failure) in
        let transcriber = try unsafe TranscriberObject.of(transcriber)
        let request = try unsafe TranscriptionRequest(cancellation, on_segment, user, result, text)
        try transcriber.transcribe(path: unsafe Text.required(path, "path"), request)
    }
}
