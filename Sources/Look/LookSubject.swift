import Models
import Swiftlet
import Tokenizers

/// What a look is at: the tokens that a model reads, and the sound.
struct LookSubject {
    /// Of a decoder or an encoder all, of an encoder-decoder the source.
    private(set) var source: [Token] = []
    /// What the decoder of an encoder-decoder reads.
    private(set) var target: [Token] = []
    /// Where generated tokens begin among those of a decoder.
    private(set) var generatedFrom: Int?
    /// `[bands, frames]`, of speech.
    private(set) var mel: [Float] = []
    private(set) var bands = 0
    private(set) var positions = 0

    init(
        _ model: Model, _ text: [UInt8], _ flags: LookFlags, _ prompt: PromptFlags, _ runtime: RuntimeOptions
    ) throws {
        switch model.kind {
        case .speech:
            guard let path = flags.audio else {
                throw Failure.message("\(model.path): the model transcribes speech: give a sound with --audio talk.wav")
            }
            try listen(path, SpeechModel(model), flags, runtime)
        case _ where flags.audio != nil:
            throw Failure.message("--audio belongs to a model that transcribes speech (\(model.path) does not)")
        case .textToText:
            if let ids = flags.decoderIDs {
                source = flags.ids?.tokens ?? prompt.tokens(text, model.tokenizer)
                target = ids.tokens
            } else {
                let task: TextTask =
                    flags.from != nil || flags.to != nil ? .translation(from: flags.from, to: flags.to) : .plain
                (source, target) = try model.targetToTrace(
                    String(decoding: text, as: UTF8.self), task, target: flags.target, maxTokens: flags.maxTokens,
                    runtime)
            }
        default:
            source = flags.ids?.tokens ?? prompt.tokens(text, model.tokenizer)
            try PromptFlags.check(source, contextLength: model.contextLength)
            if let count = flags.maxTokens, count > 0 { try generate(count, model, runtime) }
        }
    }

    private mutating func listen(
        _ path: String, _ model: SpeechModel, _ flags: LookFlags, _ runtime: RuntimeOptions
    ) throws {
        var options = TranscriptionOptions()
        options.runtime = runtime
        let samples = try model.firstWindow(path: path)
        let seconds = Double(samples.count) / Double(Transcriber.sampleRate)
        positions = max(1, min(model.audioContext, Int((seconds * 50).rounded(.up))))
        mel = try model.spectrogram(samples, positions: positions)
        bands = model.melBands
        if let ids = flags.decoderIDs {
            target = ids.tokens
        } else {
            var transcriber = try Transcriber(model, options)
            let segments = try transcriber.segments(of: samples)
            target = model.targetToTrace(segments.flatMap(\.tokens), language: flags.from)
        }
        target = Array(target.prefix(model.textContext))
    }

    private mutating func generate(_ count: Int, _ model: Model, _ runtime: RuntimeOptions) throws {
        guard model.kind == .decoder else {
            throw Failure.message("-n belongs to a model that continues a text (\(model.path) does not)")
        }
        var options = SessionOptions()
        options.runtime = runtime
        options.contextLength = min(model.contextLength, source.count + count)
        var session = try Session(model, options)
        try session.append(source)
        generatedFrom = source.count
        while source.count < options.contextLength ?? 0 {
            let best = session.withLogits { logits in
                logits.indices.max { logits[$0] < logits[$1] }.map { Token($0) }
            }
            guard let token = best ?? nil else { break }
            source.append(token)
            if model.isEndOfGeneration(token) || source.count == options.contextLength { break }
            try session.append([token])
        }
    }

    /// Runs a model on it.
    func trace(_ model: Model, _ options: TraceOptions) throws -> Trace {
        switch model.kind {
        case .speech: try SpeechModel(model).trace(mel: mel, positions: positions, target: target, options)
        case .textToText: try model.trace(source: source, target: target, options)
        default: try model.trace(source, options)
        }
    }
}
