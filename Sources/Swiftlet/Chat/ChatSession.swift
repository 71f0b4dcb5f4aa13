internal import Interpreter
internal import Tokenizers

/// A conversation with a model. One thread at a time.
///
/// The model sees the messages in the form of the file's chat template. Tokens of earlier messages are not computed again:
/// each answer computes only the tokens in which the conversation differs from what the cache holds.
public struct ChatSession: ~Copyable {
    /// The conversation. Any change is allowed; what stays the same at its beginning is not computed again.
    public var messages: [ChatMessage] = []
    /// How answers are generated.
    public var generation: GenerationOptions
    /// Handling of a full context.
    public var overflow: ChatOptions.Overflow
    /// `enable_thinking` and `thinking` for the templates of reasoning models; nil: not set.
    public var thinking: Bool?
    /// The tools that the model may call; see ``ChatOptions/tools``.
    public var tools: ChatJSON?
    /// Whether answers call them.
    public var toolChoice: ToolChoice
    /// The form in which the model sees the messages.
    public let template: ChatTemplate
    /// Messages after the system message that the last answer did not see, as they no longer fit.
    public private(set) var droppedMessages = 0
    package var session: Session

    /// - Throws: ``SwiftletError``: `model` when neither the file nor the options have a template, or it is not understood;
    ///   `invalidArgument` when the file has none of the name; see ``Session/init(_:_:)``.
    public init(_ model: Model, _ options: ChatOptions = ChatOptions()) throws(SwiftletError) {
        let template = try ChatTemplate(model, source: options.template, name: options.templateName)
        session = try Session(model, options.session)
        self.template = template
        generation = options.generation
        overflow = options.overflow
        thinking = options.thinking
        tools = options.tools
        toolChoice = options.toolChoice
    }

    /// The model that answers.
    public var model: Model { session.model }

    /// Tokens that a conversation can have.
    public var contextLength: Int { session.contextLength }

    /// The tokens that the model has seen.
    public var heldTokens: [Token] { session.tokens }

    /// How many those are.
    public var usedTokens: Int { session.position }

    /// Threads that take part in a step.
    public var threadCount: Int { session.threadCount }

    /// Stops the running answer, from any thread.
    public var cancellation: SessionCancellation { session.cancellation }

    /// Adds a message of the user and the model's answer to it.
    ///
    /// - Parameter onText: see ``answer(onText:)``.
    /// - Throws: ``SwiftletError``; the message is then not part of the conversation.
    public mutating func respond(
        to content: String, onText: (String) -> Bool = { _ in true }
    ) throws(SwiftletError) -> ChatAnswer {
        try respond(to: content) { text, _ in text.isEmpty || onText(text) }
    }

    /// Adds a message of the user, unless it is nil, and the model's answer, whose content, reasoning and calls of tools come
    /// apart.
    ///
    /// - Parameter onEvent: gets each part of the answer as soon as it is certain. Returns whether to go on.
    /// - Throws: as ``answer(onText:)``; the message is then not part of the conversation.
    public mutating func answer(
        to content: String?, onEvent: (ChatEvent) -> Bool
    ) throws(SwiftletError) -> ChatAnswer {
        guard let content else { return try answer(onToken: { _, _ in true }, onEvent: onEvent) }
        return try respond(to: content, onToken: { _, _ in true }, onEvent: onEvent)
    }

    /// As ``respond(to:onText:)``, with the tokens and the events.
    ///
    /// - Parameter onToken: gets each token with the text that it makes certain, which may be none; no token with what was
    ///   held back until the end.
    package mutating func respond(
        to content: String, onToken: (_ text: String, Token?) -> Bool, onEvent: (ChatEvent) -> Bool = { _ in true }
    ) throws(SwiftletError) -> ChatAnswer {
        messages.append(ChatMessage(.user, content))
        do throws(SwiftletError) {
            return try answer(onToken: onToken, onEvent: onEvent)
        } catch {
            messages.removeLast()
            throw error
        }
    }

    /// Adds the model's answer to the conversation as it is.
    ///
    /// A cancelled answer is added as far as it came; one that is cancelled before its first token is an empty message.
    ///
    /// - Parameter onText: gets each piece of the answer as soon as it is certain. Returns whether to go on.
    /// - Throws: ``SwiftletError``: `contextFull` when the conversation, with room for an answer, does not fit; `model` when
    ///   the template refuses the messages. Nothing is then added.
    public mutating func answer(onText: (String) -> Bool = { _ in true }) throws(SwiftletError) -> ChatAnswer {
        try answer { text, _ in text.isEmpty || onText(text) }
    }

    /// As ``answer(onText:)``, with the tokens and the events; see ``respond(to:onToken:onEvent:)``.
    package mutating func answer(
        onToken: (_ text: String, Token?) -> Bool, onEvent: (ChatEvent) -> Bool = { _ in true }
    ) throws(SwiftletError) -> ChatAnswer {
        try generation.validateStops()
        let prompt = try fittingPrompt(answer: [])
        var options = generation
        try addTools(to: &options, opensReasoning: prompt.opensReasoning)
        var result = ChatAnswer()
        result.promptTokens = prompt.tokens.count
        let start = MonotonicClock.now
        do throws(SwiftletError) {
            result.computedTokens = try session.update(to: prompt.tokens)
        } catch {
            guard error.code == .cancelled else { throw error }
            messages.append(ChatMessage(.assistant, ""))
            return result
        }
        let promptEnd = MonotonicClock.now
        result.promptTime = promptEnd - start
        var reader = AnswerReader(
            ChatParser(template.format, tools: shownTools, startsInReasoning: prompt.opensReasoning))
        try generateAnswer(after: prompt.tokens.count, options, into: &result) { piece, token in
            reader.read(piece, isLast: false, onEvent) && onToken(piece, token)
        }
        _ = reader.read("", isLast: true, onEvent)
        result.answerTime = MonotonicClock.now - promptEnd
        (result.content, result.reasoning, result.toolCalls) = (reader.content, reader.reasoning, reader.toolCalls)
        messages.append(
            ChatMessage(
                .assistant, result.content, toolCalls: result.toolCalls.isEmpty ? nil : ChatJSON(result.toolCalls),
                reasoning: result.reasoning.isEmpty ? nil : result.reasoning))
        return result
    }

    /// The tools that the model is told of.
    private var shownTools: ChatJSON? { toolChoice == .none ? nil : tools }

    /// What the tools ask of the generation: marks are spelled, and calls keep to a grammar.
    private func addTools(to options: inout GenerationOptions, opensReasoning: Bool) throws(SwiftletError) {
        options.shownTokens = shownTools == nil ? template.format.reasoningTokens : template.format.markTokens
        try template.constrain(&options, to: shownTools, toolChoice, opensReasoning: opensReasoning)
        // An answer that leaves old messages out while it comes is generated in parts, which a grammar would not outlive.
        if overflow == .shift { options.triggered = nil }
    }

    /// Generates until the answer ends; where old messages may be left out, in parts that each fill the context.
    private mutating func generateAnswer(
        after promptLength: Int, _ generation: GenerationOptions, into result: inout ChatAnswer,
        _ onToken: (_ text: String, Token?) -> Bool
    ) throws(SwiftletError) {
        var tokens: [Token] = []
        var text = ""
        var options = generation
        // A grammar must see the answer as a whole: it leads it to an end before the context is full.
        let shifts = overflow == .shift && generation.grammar == nil
        var partStart = promptLength
        var stream = TextStream(model.tokenizer, options)
        func show(_ piece: String, _ token: Token?) -> Bool {
            text += piece
            return onToken(piece, token)
        }
        while true {
            let wanted = generation.maxTokens.map { $0 - tokens.count } ?? .max
            // The last token of a part need not be taken in.
            let room = contextLength - session.position + 1
            options.maxTokens = shifts ? min(wanted, room) : generation.maxTokens
            options.minTokens = max(0, generation.minTokens - tokens.count)
            do throws(SwiftletError) {
                let part = try session.generate(from: [], options, into: &stream, onToken: show)
                tokens += part.tokens
                result.reason = part.reason
                result.grammar = part.grammar
            } catch {
                guard error.code == .cancelled else { throw error }
                tokens += session.tokens[partStart...]
                result.reason = nil
            }
            guard shifts, result.reason == .length, wanted > room else { break }
            // Whatever is left out, the answer so far stays, and is taken in again behind what is kept.
            do throws(SwiftletError) {
                let prompt = try fittingPrompt(answer: tokens).tokens
                _ = try session.update(to: prompt)
                partStart = prompt.count
            } catch {
                // With nothing more to leave out the answer ends here.
                guard error.code == .cancelled || error.code == .contextFull else { throw error }
                result.reason = error.code == .cancelled ? nil : .context
                break
            }
        }
        if let reason = result.reason, [.end, .length, .context, .grammar].contains(reason) {
            let (rest, stopped) = stream.finish()
            if !rest.isEmpty, !show(rest, nil) { result.reason = .caller }
            if stopped {
                result.reason = .stop
                result.grammar = GrammarGuide.ending(of: text, generation.grammar)
            }
        }
        result.answerTokens = tokens.count
        result.text = text
    }

    /// The conversation's tokens, with the beginning of an answer, such that a quarter of the context stays free; messages
    /// are left out where that is allowed and needed.
    private mutating func fittingPrompt(answer: [Token]) throws(SwiftletError) -> ChatPrompt {
        let room = max(1, min(contextLength / 4, min(generation.maxTokens ?? .max, contextLength) + 1))
        let hasSystem = messages.first?.role == .system
        droppedMessages = min(droppedMessages, max(0, messages.count - 1))
        if overflow == .error { droppedMessages = 0 }
        while true {
            let head = hasSystem ? 1 : 0
            let shown = Array(messages[..<head] + messages[(head + droppedMessages)...])
            let known = KnownTexts(session.tokens, model.tokenizer)
            var prompt = try template.prompt(shown, thinking: thinking, tools: shownTools, known: known)
            prompt.tokens += answer
            guard !prompt.tokens.isEmpty else {
                throw SwiftletError(.model, "\(model.path): the chat template makes nothing of the conversation")
            }
            // Without shifting, an answer may use the last position.
            let limit = overflow == .shift ? contextLength - room : contextLength - 1
            if prompt.tokens.count <= limit { return prompt }
            let next = messages.indices.dropFirst(head + droppedMessages + 1).first { messages[$0].role == .user }
            guard overflow == .shift, let next else {
                throw SwiftletError(
                    .contextFull,
                    "the conversation has \(prompt.tokens.count) tokens, the context holds \(contextLength): use a larger "
                        + "context, start a new conversation, or let old messages be dropped")
            }
            droppedMessages = next - head
        }
    }
}
