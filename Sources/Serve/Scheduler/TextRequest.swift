import Swiftlet

/// What a client wants written: a prompt, and how the texts after it are chosen.
struct TextRequest: Sendable {
    /// At least one token, and room for one more in the context.
    var prompt: [Token]
    /// For each text after the prompt, its choice of tokens.
    var choosers: [TokenChooser]
    var options: GenerationOptions
    var adapters: AdapterChoice
    /// How many of the most probable tokens are told with each token; nil: no probabilities.
    var topLogProbabilities: Int?
    /// When the client no longer waits.
    var deadline: ContinuousClock.Instant

    /// - Parameter count: texts; those after the first have the seeds that follow the first one's.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` or `contextFull`.
    init(
        _ model: Model, prompt: [Token], _ options: GenerationOptions, _ adapters: AdapterChoice, count: Int = 1,
        contextLength: Int, topLogProbabilities: Int? = nil, deadline: ContinuousClock.Instant
    ) throws(SwiftletError) {
        guard !prompt.isEmpty else {
            throw SwiftletError(.invalidArgument, "the prompt has no tokens: give at least one")
        }
        guard prompt.count < contextLength else {
            throw SwiftletError(
                .contextFull,
                // Clients know the case by OpenAI's words.
                "this model's maximum context length is \(contextLength) tokens, and the prompt has \(prompt.count): "
                    + "shorten the prompt")
        }
        var choosers: [TokenChooser] = []
        let seed = options.sampling.seed ?? UInt64.random(in: .min ... .max)
        for index in 0..<count {
            var options = options
            options.sampling.seed = seed &+ UInt64(index)
            choosers.append(try TokenChooser(model, options, position: prompt.count))
        }
        self.prompt = prompt
        self.choosers = choosers
        self.options = options
        self.adapters = adapters
        self.topLogProbabilities = topLogProbabilities
        self.deadline = deadline
    }
}

/// What becomes of a ``TextRequest``, in order.
enum TextEvent: Sendable {
    /// A token of a text, with the text that it makes certain, which may be none; no token with text that was held back.
    case piece(text: Int, String, TokenInfo?)
    /// A text is whole.
    case end(text: Int, TextEnd)
    /// Nothing more comes.
    case failure(APIError)
    /// Nothing came for some time.
    case ping
}

/// A token and, where they were asked for, its log-probability and those of the most probable tokens, before the options of
/// sampling changed any.
struct TokenInfo: Sendable {
    var token: Token
    var logProbability: Float?
    var top: [(token: Token, logProbability: Float)] = []
}

/// Why a text ended, and what it took.
struct TextEnd: Sendable {
    var reason: Generation.Reason
    /// The stop string that ended it, if one did.
    var stop: String?
    var promptTokens = 0
    /// Those of the prompt that were there from other requests.
    var cachedTokens = 0
    var tokens = 0
    /// Seconds from the request to the first token.
    var promptSeconds = 0.0
    /// Seconds from the first token to the last.
    var seconds = 0.0
}
