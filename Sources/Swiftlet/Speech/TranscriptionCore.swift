/// The work of a ``Transcriber``, over any engine.
package struct TranscriptionCore<Engine: SpeechEngine & ~Copyable>: ~Copyable {
    package var engine: Engine
    package let model: SpeechModel
    package let options: TranscriptionOptions
    private let decoder: WindowDecoder
    private let fallback: Fallback
    private let context: SpeechContext
    private let words: WordTimes?
    private var windows: SpeechWindows
    private var random: RandomSource
    package private(set) var result: Transcription
    /// Tokens of what was said before the window.
    private var previous: [Token] = []
    private var order = TimeOrder()

    /// - Parameter options: those that ``TranscriptionOptions/check(_:)`` has passed.
    package init(_ engine: consuming Engine, _ options: TranscriptionOptions) throws(SwiftletError) {
        let model = engine.model
        let windows = try SpeechWindows(model, options)
        self.engine = engine
        self.model = model
        self.options = options
        decoder = WindowDecoder(model, options)
        fallback = Fallback(options)
        context = SpeechContext(model, options)
        words = options.findsWords ? WordTimes(model, options) : nil
        self.windows = windows
        random = RandomSource(seed: options.seed)
        result = Self.nothing(options)
    }

    private static func nothing(_ options: TranscriptionOptions) -> Transcription {
        Transcription(
            language: options.language, languageProbability: nil, duration: 0, windowCount: 0, isComplete: true,
            warnings: [])
    }

    /// Forgets the sound so far.
    package mutating func reset() throws(SwiftletError) {
        windows = try SpeechWindows(model, options)
        random = RandomSource(seed: options.seed)
        result = Self.nothing(options)
        previous = []
        order = TimeOrder()
    }

    package var secondsDone: Double { windows.secondsDone }

    /// Takes in a piece of sound that is shorter than a window, and transcribes the windows that it completes.
    package mutating func append(
        _ samples: Span<Float>, _ onSegment: (TranscriptSegment) -> Bool
    ) throws(SwiftletError) {
        guard result.isComplete else { return }
        windows.append(samples)
        result.duration = windows.duration
        try drain(onSegment)
    }

    /// The sound ends here: transcribes what is left.
    package mutating func finish(_ onSegment: (TranscriptSegment) -> Bool) throws(SwiftletError) {
        windows.finish()
        try drain(onSegment)
    }

    private mutating func drain(_ onSegment: (TranscriptSegment) -> Bool) throws(SwiftletError) {
        while result.isComplete, let window = windows.next() {
            let next = try transcribe(window, onSegment)
            windows.advance(to: next)
        }
    }

    /// - Returns: where the next window may begin.
    private mutating func transcribe(
        _ window: SpeechWindows.Window, _ onSegment: (TranscriptSegment) -> Bool
    ) throws(SwiftletError) -> Int {
        let decoded = try decode(window)
        result.windowCount += 1
        guard !fallback.isSilent(decoded) else { return window.upperBound }
        let cut = WindowSegments(decoded.text.tokens, frames: window.count, model.tokens)
        var segments = cut.pieces.map { segment($0, of: decoded, from: window.lowerBound) }
        if let words {
            try words.find(
                in: &segments, cut, decoded.text, window, prompt: context.request(result.language),
                silentSince: order.end, windows, &engine)
        }
        for var segment in segments where !segment.text.allSatisfy(\.isWhitespace) {
            order.place(&segment)
            guard onSegment(segment) else {
                result.isComplete = false
                return window.lowerBound
            }
            remember(segment)
        }
        // Text sampled at a high temperature, or a repetition loop, would mislead the next window.
        if decoded.temperature > 0.5 || decoded.text.end == .loop { previous = [] }
        return window.lowerBound + cut.advance
    }

    private mutating func remember(_ segment: TranscriptSegment) {
        guard options.conditionsOnPrevious else { return }
        previous += segment.tokens
        if previous.count > model.textContext { previous.removeFirst(previous.count - model.textContext) }
    }

    private func segment(
        _ piece: WindowSegments.Piece, of decoded: DecodedWindow, from first: Int
    ) -> TranscriptSegment {
        let tokens = Array(decoded.text.tokens[piece.tokens])
        var segment = TranscriptSegment(
            start: (Double(first) + piece.start) / 100, end: (Double(first) + piece.end) / 100,
            text: model.detokenize(tokens), tokens: tokens)
        segment.temperature = decoded.temperature
        segment.meanLogProbability = decoded.text.meanLogProbability
        segment.compressionRatio = decoded.compressionRatio
        segment.noSpeechProbability = decoded.noSpeechProbability
        return segment
    }

    // MARK: A window

    private mutating func decode(_ window: SpeechWindows.Window) throws(SwiftletError) -> DecodedWindow {
        let whole = options.audioContext ?? model.audioContext
        if options.shortensWindows, options.audioContext == nil, let short = context.positions(frames: window.count) {
            try engine.encode(mel: windows.mel(of: window, positions: short), audioContext: short)
            let decoded = try decode(temperature: options.temperatures[0], floor: nil)
            if let decoded, fallback.isGoodEnough(decoded),
                context.isTrusted(decoded, loudness: windows.loudness(of: window))
            {
                return decoded
            }
            // The language is found again too.
            if options.language == nil, result.windowCount == 0 { result.language = nil }
        }
        try engine.encode(mel: windows.mel(of: window, positions: whole), audioContext: whole)
        // Not ``Fallback/decode(_:)`` alone: a window that is given up must not stop those behind it.
        return try fallback.decode { temperature, floor throws(SwiftletError) in
            try decode(temperature: temperature, floor: floor)
        }
    }

    private mutating func decode(temperature: Double, floor: Double?) throws(SwiftletError) -> DecodedWindow? {
        if result.language == nil { try findLanguage() }
        return try decoder.decode(
            &engine, prompt: context.prompt(result.language, previous: previous), temperature: temperature,
            floor: floor,
            &random)
    }

    private mutating func findLanguage() throws(SwiftletError) {
        guard model.isMultilingual else {
            result.language = "en"
            return
        }
        engine.reset()
        try engine.prefill([model.tokens.startOfTranscript])
        let found = engine.firstLogits().language(of: model.tokens.languages)
        result.language = found?.code
        result.languageProbability = found?.probability
    }
}

extension LogitRow {
    /// The likeliest language behind the start of a transcript, and its probability among all languages.
    package func language(of languages: [SpeechTokens.Language]) -> (code: String, probability: Double)? {
        let known = languages.filter { values.indices.contains(Int($0.token)) && values[Int($0.token)].isFinite }
        guard let best = known.max(by: { values[Int($0.token)] < values[Int($1.token)] }) else { return nil }
        let row = LogitRow(values: known.map { values[Int($0.token)] })
        let place = known.firstIndex(of: best) ?? 0
        return (best.code, row.probability(of: Token(place), in: row.values.indices))
    }
}
