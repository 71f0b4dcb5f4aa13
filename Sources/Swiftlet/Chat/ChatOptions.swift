/// How a conversation is held.
public struct ChatOptions: Sendable {
    /// Handling of conversations that do not fit the context.
    public enum Overflow: Sendable, Hashable {
        /// An error with the code `contextFull`.
        case error
        /// The oldest messages after the system message are left out of what the model sees, until a quarter of the context
        /// is free. They stay in ``ChatSession/messages``. An answer with a grammar is not shifted while it comes, since the
        /// grammar has to see it as a whole: it is led to its end before the context is full.
        case shift
    }

    /// How the model runs.
    public var session = SessionOptions()
    /// How answers are generated; ``GenerationOptions/maxTokens`` is for each answer.
    public var generation = GenerationOptions()
    /// Handling of a full context.
    public var overflow = Overflow.error
    /// A chat template in place of the file's own.
    public var template: String?
    /// One of the file's named templates (`tokenizer.chat_templates`); nil: `tool_use` where there is one and ``tools`` are
    /// given, else the file's own. Not with ``template``.
    public var templateName: String?
    /// `enable_thinking` and `thinking` for the templates of reasoning models; nil: not set.
    public var thinking: Bool?
    /// The tools that the model may call, a JSON array as its template wants it; mostly
    /// `[{"type": "function", "function": {"name": ..., "description": ..., "parameters": {...}}}]`. The caller answers the
    /// calls of an answer by messages of the role `tool` in ``ChatSession/messages``.
    public var tools: ChatJSON?
    /// Whether answers call them.
    public var toolChoice = ToolChoice.auto

    /// The defaults.
    public init() {}
}

/// One answer.
public struct ChatAnswer: Sendable {
    /// All that the model wrote, as far as it came, with the marks of reasoning and calls.
    public internal(set) var text = ""
    /// What is meant for the reader: the text without reasoning and calls.
    public internal(set) var content = ""
    /// The model's reasoning; empty for none.
    public internal(set) var reasoning = ""
    /// The calls of tools that it asks for; none unless tools were given.
    public internal(set) var toolCalls: [ToolCall] = []
    /// Why it ended; nil when it was cancelled.
    public internal(set) var reason: Generation.Reason?
    /// Whether it is whole by its grammar; nil without one.
    public internal(set) var grammar: GrammarEnding?
    /// Tokens of the conversation before the answer.
    public internal(set) var promptTokens = 0
    /// How many of them had to be computed: the others were there from before.
    public internal(set) var computedTokens = 0
    /// Tokens of the answer.
    public internal(set) var answerTokens = 0
    /// The time that the prompt took.
    public internal(set) var promptTime = Duration.zero
    /// The time that the answer took.
    public internal(set) var answerTime = Duration.zero
}
