import Swiftlet

/// Translates texts, or does what else a text-to-text model is for; requests take turns.
final class TranslationService: Sendable {
    private let model: Model
    private let runtime: RuntimeOptions
    private let places: WaitingRoom
    private let work = WorkQueue("swiftlet-translation")
    private let runner = Runner()

    /// Texts side by side, as many as the command line has by default: with another number results differ by rounding.
    private static let sources = 32

    /// What the queue's thread alone uses: the task that was the last one.
    private final class Runner: @unchecked Sendable {
        var last: Translator?
    }

    private final class Translator: @unchecked Sendable {
        let task: TextTask
        let beams: Int
        var converter: TextToText

        init(_ task: TextTask, beams: Int, _ converter: consuming TextToText) {
            self.task = task
            self.beams = beams
            self.converter = converter
        }
    }

    init(_ model: Model, _ runtime: RuntimeOptions, _ options: ServerOptions) {
        self.model = model
        self.runtime = runtime
        places = WaitingRoom(places: 1, queue: options.text.queue)
    }

    var load: (waiting: Int, running: Int) { places.load }

    /// Converts texts. A cancelled task ends it.
    ///
    /// - Parameter beams: nil: as the model's file recommends.
    /// - Throws: ``SwiftletError``, ``APIError`` where too many wait, `CancellationError`.
    func convert(_ texts: [String], _ task: TextTask, beams: Int?) async throws -> [ConvertedText] {
        try await places.enter()
        defer { places.leave() }
        let box = CancellationBox()
        return try await withTaskCancellationHandler {
            try await work.run { [self] in
                var options = try model.recommendedBeams()
                if let beams { options.beams = beams }
                let translator = try translator(task, beams: options.beams)
                translator.converter.cancellation.reset()
                box.set(translator.converter.cancellation)
                defer { box.set(nil) }
                return try translator.converter.convert(texts, options) { _, _ in !box.isCancelled }
            }
        } onCancel: {
            box.cancel()
        }
    }

    private func translator(_ task: TextTask, beams: Int) throws(SwiftletError) -> Translator {
        if let last = runner.last, last.task == task, last.beams == beams { return last }
        var options = TextToTextOptions()
        options.runtime = runtime
        options.hypotheses = beams
        options.sources = Self.sources
        let made = Translator(task, beams: beams, try TextToText(model, task, options))
        runner.last = made
        return made
    }
}
