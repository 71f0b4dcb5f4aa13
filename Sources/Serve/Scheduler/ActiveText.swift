import Swiftlet

/// One text that is being written: its sequence, and the choice of its tokens. The scheduler's thread alone has it.
struct ActiveText {
    /// Which of its request's texts it is.
    let index: Int
    private(set) var sequence: EngineSequence
    /// The prompt and what was chosen so far.
    private(set) var tokens: [Token]
    private(set) var end: TextEnd?
    private(set) var failure: SwiftletError?
    private let model: Model
    private let contextLength: Int
    private let options: GenerationOptions
    private let topLogProbabilities: Int?
    private let promptCount: Int
    private var chooser: TokenChooser
    private var stream: TextStream

    init(_ index: Int, _ sequence: EngineSequence, _ request: TextRequest, _ engine: Engine) {
        self.index = index
        self.sequence = sequence
        tokens = request.prompt
        model = engine.model
        contextLength = engine.contextLength
        options = request.options
        topLogProbabilities = request.topLogProbabilities
        promptCount = request.prompt.count
        chooser = request.choosers[index]
        stream = TextStream(model, options)
    }

    /// The token that the next step takes in.
    var pending: ArraySlice<Token> { tokens[(tokens.count - 1)...] }

    /// Tokens chosen so far.
    var count: Int { tokens.count - promptCount }

    /// Goes on with a sequence of its own, which holds the prompt.
    mutating func move(to sequence: EngineSequence) { self.sequence = sequence }

    /// Chooses the next token, or ends the text.
    ///
    /// - Parameter logits: those after the last token.
    /// - Returns: what is to be sent.
    mutating func advance(_ logits: Span<Float>) -> [TextEvent] {
        do throws(SwiftletError) {
            return try choose(logits)
        } catch {
            failure = error
            return []
        }
    }

    private mutating func choose(_ logits: Span<Float>) throws(SwiftletError) -> [TextEvent] {
        let maxTokens = options.maxTokens ?? .max
        guard count < maxTokens else { return finish(.length) }
        let budget = min(maxTokens - count, contextLength - tokens.count + 1)
        guard let token = try chooser.choose(logits, after: tokens, budget: budget) else { return finish(.grammar) }
        guard !chooser.isEnd(token) else { return finish(.end) }
        let isFull = tokens.count >= contextLength
        tokens.append(token)
        let (text, stopped) = stream.append(token)
        var info = TokenInfo(token: token)
        if let topLogProbabilities { info = TokenProbabilities(logits).info(token, top: topLogProbabilities) }
        let events = [TextEvent.piece(text: index, text, info)]
        if stopped { return events + finish(.stop) }
        if count >= maxTokens { return events + finish(.length) }
        return isFull ? events + finish(.context) : events
    }

    private mutating func finish(_ reason: Generation.Reason) -> [TextEvent] {
        var end = TextEnd(reason: reason)
        var events: [TextEvent] = []
        if reason != .stop {
            let (text, stopped) = stream.finish()
            if !text.isEmpty { events.append(.piece(text: index, text, nil)) }
            if stopped { end.reason = .stop }
        }
        if end.reason == .stop {
            let text = model.detokenize(Array(tokens[promptCount...]))
            let places = options.stop.compactMap { stop in text.firstRange(of: stop).map { (stop, $0.lowerBound) } }
            end.stop = places.min { $0.1 < $1.1 }?.0
        }
        end.promptTokens = promptCount
        end.tokens = count
        self.end = end
        return events
    }
}
