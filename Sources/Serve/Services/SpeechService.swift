import Dispatch
import Swiftlet
import Synchronization

/// Transcribes recordings, some at a time; others wait.
final class SpeechService: Sendable {
    let speech: SpeechModel
    private let runtime: RuntimeOptions
    private let places: WaitingRoom
    private let queue = DispatchQueue(label: "swiftlet-speech", qos: .userInitiated, attributes: .concurrent)

    /// Recordings at a time: each has the memory of an encoder.
    private static let parallel = 2

    init(_ model: Model, _ runtime: RuntimeOptions, _ options: ServerOptions) throws(SwiftletError) {
        speech = try SpeechModel(model)
        self.runtime = runtime
        places = WaitingRoom(places: Self.parallel, queue: options.text.queue)
    }

    var load: (waiting: Int, running: Int) { places.load }

    /// Transcribes a file. A cancelled task ends it.
    ///
    /// - Parameter onSegment: gets each segment as soon as its window is done.
    /// - Throws: ``SwiftletError``, ``APIError`` where too many wait, `CancellationError`.
    func transcribe(
        path: String, _ options: TranscriptionOptions, onSegment: @escaping @Sendable (TranscriptSegment) -> Void
    ) async throws -> Transcription {
        try await places.enter()
        defer { places.leave() }
        let box = CancellationBox()
        var options = options
        options.runtime = runtime
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { [speech, options] in
                    continuation.resume(
                        with: Result {
                            var transcriber = try Transcriber(speech, options)
                            box.set(transcriber.cancellation)
                            return try transcriber.transcribe(path: path) { segment in
                                onSegment(segment)
                                return !box.isCancelled
                            }
                        })
                }
            }
        } onCancel: {
            box.cancel()
        }
    }
}

/// Cancels work that has perhaps not begun.
final class CancellationBox: Sendable {
    private let state = Mutex<(cancellation: SessionCancellation?, isCancelled: Bool)>((nil, false))

    var isCancelled: Bool { state.withLock(\.isCancelled) }

    func set(_ cancellation: SessionCancellation?) {
        state.withLock { state in
            state.cancellation = cancellation
            if state.isCancelled { cancellation?.cancel() }
        }
    }

    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.cancellation?.cancel()
        }
    }
}
