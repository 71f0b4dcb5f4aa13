import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Swiftlet
import Synchronization

/// The segments of a recording so far.
final class SegmentList: Sendable {
    private let segments = Mutex<[TranscriptSegment]>([])

    var all: [TranscriptSegment] { segments.withLock { $0 } }

    func append(_ segment: TranscriptSegment) { segments.withLock { $0.append(segment) } }
}

/// Transcripts in OpenAI's forms.
struct AudioShape: Sendable {
    let form: AudioForm
    let model: ServedModel

    init(_ form: AudioForm, model: ServedModel) {
        self.form = form
        self.model = model
    }

    // MARK: Whole

    func whole(_ segments: [TranscriptSegment], _ result: Transcription) -> Response {
        switch form.format {
        case .json:
            let usage = JSONValue.members([
                ("type", .string("duration")), ("seconds", .int(Int(result.duration.rounded(.up)))),
            ])
            return Response(json: .members([("text", .string(Self.text(segments))), ("usage", usage)]))
        case .verbose: return Response(json: verbose(segments, result))
        case .text: return plain(Self.text(segments) + "\n", type: "text/plain")
        case .srt: return plain(written(.srt, segments, result), type: "application/x-subrip")
        case .vtt: return plain(written(.vtt, segments, result), type: "text/vtt")
        }
    }

    private func plain(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "\(type); charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private func written(
        _ format: TranscriptFormat, _ segments: [TranscriptSegment], _ result: Transcription
    ) -> String {
        let body = segments.enumerated().map { format.text(of: $1, index: $0) }.joined()
        return format.head() + body + format.tail(result)
    }

    private func verbose(_ segments: [TranscriptSegment], _ result: Transcription) -> JSONValue {
        let words = segments.flatMap { $0.words ?? [] }.map { word in
            JSONValue.members([
                ("word", .string(word.text.trimmingWhitespace())), ("start", .float(word.start)),
                ("end", .float(word.end)), ("probability", .float(word.probability)),
            ])
        }
        return .members([
            ("task", .string(form.translates ? "translate" : "transcribe")),
            ("language", .string(result.language ?? "")), ("duration", .float(result.duration)),
            ("text", .string(Self.text(segments))),
            ("segments", .array(segments.enumerated().map { Self.json($1, $0) })),
            ("words", form.options.findsWords ? .array(words) : nil),
        ])
    }

    private static func json(_ segment: TranscriptSegment, _ index: Int) -> JSONValue {
        .members([
            ("id", .int(index)), ("seek", .int(Int((segment.start * 100).rounded()))),
            ("start", .float(segment.start)), ("end", .float(segment.end)), ("text", .string(segment.text)),
            ("tokens", .array(segment.tokens.map { .int(Int($0)) })), ("temperature", .float(segment.temperature)),
            ("avg_logprob", .float(segment.meanLogProbability)),
            ("compression_ratio", .float(segment.compressionRatio)),
            ("no_speech_prob", .float(segment.noSpeechProbability)),
        ])
    }

    static func text(_ segments: [TranscriptSegment]) -> String {
        segments.map(\.text).joined().trimmingWhitespace()
    }

    // MARK: Pieces

    private enum Event: Sendable {
        case segment(TranscriptSegment)
        case ping
        case end(Result<Transcription, any Error>)
    }

    /// A delta for each segment, as soon as its window is done.
    func stream(
        _ service: SpeechService, _ sound: TemporaryFile, _ context: ServerContext, into stream: inout EventStream
    ) async throws {
        let (events, continuation) = AsyncStream<Event>.makeStream()
        let work = Task { [options = form.options] in
            do {
                let result = try await service.transcribe(path: sound.path, options) {
                    continuation.yield(.segment($0))
                }
                continuation.yield(.end(.success(result)))
            } catch {
                continuation.yield(.end(.failure(error)))
            }
            continuation.finish()
        }
        let pings = Task {
            while true {
                try await Task.sleep(for: EventStream.pingInterval)
                continuation.yield(.ping)
            }
        }
        let watch = await context.watchClient { work.cancel() }
        defer {
            work.cancel()
            pings.cancel()
            watch.end()
        }
        var segments: [TranscriptSegment] = []
        for await event in events {
            switch event {
            case .segment(let segment):
                let text = segments.isEmpty ? String(segment.text.drop(while: \.isWhitespace)) : segment.text
                segments.append(segment)
                try await stream.send(
                    .members([("type", .string("transcript.text.delta")), ("delta", .string(text))]))
            case .ping: try await stream.ping()
            case .end(.success):
                try await stream.send(
                    .members([
                        ("type", .string("transcript.text.done")), ("text", .string(Self.text(segments))),
                    ]))
                try await stream.sendDone()
            case .end(.failure(let error)):
                let failure =
                    (error as? SwiftletError).map { AudioRoute.error($0, model, sound) }
                    ?? APIError.of(error, context)
                try await stream.send(failure.json)
            }
        }
    }
}
