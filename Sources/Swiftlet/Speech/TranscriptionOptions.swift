internal import Audio

/// How a ``Transcriber`` turns speech to text. The defaults are openai-whisper's, but for what says otherwise.
public struct TranscriptionOptions: RuntimeConfigurable, Sendable {
    /// A code of ``SpeechTokens/languages`` (`en`) or a language's English name (`English`), in any case; nil or `auto`: found
    /// in the first window.
    public var language: String?
    /// Gives the text in English, whatever is spoken.
    public var translates = false
    /// Asks the model where segments begin and end. Without, each window is one segment.
    public var findsTimes = true
    /// Finds when each word begins and ends. Segments then begin and end with their words; the text is the same.
    public var findsWords = false
    /// The heads that word times are found by; nil: ``SpeechModel/alignmentHeads``, or without those the heads of the upper
    /// half of the decoder's layers, at most 24 of them.
    public var alignmentHeads: [CrossAttentionHead]?
    /// Hypotheses of a beam search; 1: greedy. At temperatures above 0 tokens are drawn instead.
    public var beams = 1
    /// The exponent of Wu et al.'s length penalty, arXiv:1609.08144 §7; nil: the log-probability is divided by the length.
    public var lengthPenalty: Double?
    /// Tried one after the other until a result is good enough; one: no fallback.
    public var temperatures = [0, 0.2, 0.4, 0.6, 0.8, 1]
    /// Results sampled at a temperature above 0; the most probable one is taken.
    public var candidates = 5
    /// A result whose tokens have a lower mean log-probability is not good enough; nil: any is.
    public var minLogProbability: Double? = -1
    /// A text that zlib shrinks by more than this repeats itself, and is not good enough; nil: any is.
    public var maxCompression: Double? = 2.4
    /// A window with less confidence than ``minLogProbability``, and more than this probability that nobody speaks, is
    /// skipped; nil: none is.
    public var maxNoSpeech: Double? = 0.6
    /// Never gives symbols that nobody says, such as brackets and notes, or ``SpeechModel/suppressedTokens`` where the model
    /// has its own.
    public var suppressesSymbols = true
    /// Latest start of a window's first segment, in seconds; nil: any.
    public var latestStart: Double? = 1
    /// A text that the sound could have behind it: names, spelling, style. For each window.
    public var prompt = ""
    /// Shows the model what it said before. Off, unlike openai-whisper: it carries an error on from window to window.
    public var conditionsOnPrevious = false
    /// Max tokens of the prompt and of what was said before; at most half of the model's context.
    public var maxPromptTokens = 224
    /// Positions of a window, 20 ms each; nil: ``SpeechModel/audioContext``, as the model was trained.
    public var audioContext: Int?
    /// Encodes windows of little sound short. Faster, but some words come out otherwise (see ``Transcriber``).
    public var shortensWindows = false
    /// Leaves out what is no speech by its energy. Times stay those of the sound.
    public var skipsSilence = false
    /// The seed of what is drawn at temperatures above 0.
    public var seed: UInt64 = 0
    /// Threads, instruction set, cache.
    public var runtime = RuntimeOptions()

    /// The defaults.
    public init() {}

    /// The session's options.
    var session: SpeechOptions {
        var session = SpeechOptions()
        session.runtime = runtime
        let draws = temperatures.contains { $0 > 0 }
        session.hypotheses = max(temperatures.contains(0) ? beams : 1, draws ? candidates : 1)
        return session
    }

    /// - Throws: ``SwiftletError`` with the code `invalidArgument`.
    package func check(_ model: SpeechModel) throws(SwiftletError) {
        guard (1...64).contains(beams), (1...64).contains(candidates) else {
            throw SwiftletError(
                .invalidArgument, "\(beams) beams and \(candidates) candidates are not possible: use 1 to 64")
        }
        guard !temperatures.isEmpty, temperatures.allSatisfy({ $0.isFinite && (0...10).contains($0) }) else {
            throw SwiftletError(
                .invalidArgument, "the temperatures \(temperatures) are not possible: use one or more from 0 to 10")
        }
        let whole = model.audioContext
        guard (1...whole).contains(audioContext ?? whole) else {
            throw SwiftletError(
                .invalidArgument,
                "windows of \(audioContext ?? whole) positions are not possible: the model takes 1 to \(whole)")
        }
        guard maxPromptTokens >= 0, latestStart ?? 0 >= 0 else {
            throw SwiftletError(.invalidArgument, "less than no prompt, or a start before the sound, is not possible")
        }
        _ = try languageCode(model)
        let layers = 0..<model.decoderLayers
        let heads = 0..<model.decoderHeads
        if let wrong = alignmentHeads?.first(where: { !layers.contains($0.layer) || !heads.contains($0.head) }) {
            throw SwiftletError(
                .invalidArgument,
                "there is no head \(wrong.head) in layer \(wrong.layer): the decoder has \(layers.count) layers of "
                    + "\(heads.count) heads")
        }
        if alignmentHeads?.isEmpty == true {
            throw SwiftletError(.invalidArgument, "words cannot be found by no heads: name some, or leave them out")
        }
        if translates, !model.isMultilingual {
            throw SwiftletError(.invalidArgument, "\(model.path): a model for English alone cannot translate")
        }
    }

    /// The code of ``language``; nil where it is to be found.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`.
    func languageCode(_ model: SpeechModel) throws(SwiftletError) -> String? {
        guard let language, language.lowercased() != "auto" else { return nil }
        let code = LanguageNames.code(of: language)
        let known = model.isMultilingual ? model.tokens.languages.map(\.code) : ["en"]
        guard known.contains(code) else {
            throw SwiftletError(
                .invalidArgument,
                "\(model.path): the model does not know the language \(language); it knows: "
                    + "\(known.joined(separator: ", ")) (or their English names)")
        }
        return code
    }
}

/// Samples without a header.
public struct RawAudio: Sendable, Hashable {
    /// The form of a sample, little-endian.
    public enum Sample: String, Sendable, CaseIterable {
        // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
        case u8, s16le, s24le, s32le, f32le, f64le
    }

    /// Frames a second.
    public var sampleRate: Int
    /// Samples of a frame, one after the other.
    public var channels: Int
    /// The form of a sample.
    public var sample: Sample

    /// The defaults are the models' input: one channel, 16,000 frames a second.
    public init(_ sample: Sample, sampleRate: Int = 16_000, channels: Int = 1) {
        self.sample = sample
        self.sampleRate = sampleRate
        self.channels = channels
    }

    func format() throws(AudioError) -> AudioFormat {
        let sample: SampleFormat =
            switch sample {
            case .u8: .u8
            case .s16le: .s16le
            case .s24le: .s24le
            case .s32le: .s32le
            case .f32le: .f32le
            case .f64le: .f64le
            }
        return try AudioFormat(sampleRate: sampleRate, channels: channels, sample: sample)
    }
}

extension SwiftletError {
    init(_ error: AudioError) {
        self.init(error.path == nil ? .invalidArgument : .file, "\(error)", path: error.path, offset: error.offset)
    }
}
