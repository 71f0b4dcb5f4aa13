import JSON
import Swiftlet

/// A request for the next message of a conversation, of whatever API.
struct ChatRequest: Sendable {
    let model: ServedModel
    let scheduler: TextScheduler
    let generation: GenerationFields
    let text: TextRequest
    let tellsProbabilities: Bool
    /// What tells the parts of an answer apart.
    let parser: ChatParser

    /// What a conversation is answered by, but for how tokens are chosen.
    struct Conversation {
        var messages: [ChatMessage]
        var tools: ChatJSON?
        var choice: ToolChoice
        var thinking: Bool?
    }

    /// OpenAI's form.
    ///
    /// - Throws: ``APIError`` for what cannot be done.
    init(_ fields: Fields, _ server: Server) throws {
        try self.init(server, model: fields.string("model"), fields) {
            Conversation(
                messages: try ChatMessages(fields).messages, tools: try Self.tools(fields),
                choice: try fields.toolChoice(), thinking: try Self.thinking(fields))
        }
    }

    /// - Parameters:
    ///   - fields: how tokens are chosen, with the names of OpenAI's API.
    ///   - conversation: what is answered.
    /// - Throws: ``APIError`` for what cannot be done.
    init(
        _ server: Server, model name: String?, _ fields: Fields, _ conversation: () throws -> Conversation
    ) throws {
        (model, scheduler) = try server.catalog.model(name, for: "chat") { $0.text }
        guard let template = model.template else {
            throw APIError.invalid(
                model.withoutPath(model.templateProblem ?? "the model has no chat template"), param: "model")
        }
        do {
            let conversation = try conversation()
            var generation = try GenerationFields(fields, model.model)
            let tools = conversation.tools
            let format = template.format
            generation.options.shownTokens = tools == nil ? format.reasoningTokens : format.markTokens
            let prompt = try template.prompt(conversation.messages, thinking: conversation.thinking, tools: tools)
            try template.constrain(
                &generation.options, to: tools, conversation.choice, opensReasoning: prompt.opensReasoning)
            parser = ChatParser(format, tools: tools, startsInReasoning: prompt.opensReasoning)
            tellsProbabilities = try fields.bool("logprobs") ?? false
            let top = try fields.int("top_logprobs", in: 0...20)
            text = try TextRequest(
                model.model, prompt: prompt.tokens, generation.options, try model.adapters.choice(fields),
                count: generation.count, contextLength: scheduler.engine.contextLength,
                topLogProbabilities: tellsProbabilities ? top ?? 0 : nil, deadline: server.deadline)
            self.generation = generation
        } catch let error as SwiftletError {
            throw APIError(error, model)
        }
    }

    private static func thinking(_ fields: Fields) throws -> Bool? {
        if let isWanted = try fields.object("chat_template_kwargs")?.bool("enable_thinking") { return isWanted }
        if let isWanted = try fields.bool("enable_thinking") { return isWanted }
        return try fields.string("reasoning_effort") == "none" ? false : nil
    }

    private static func tools(_ fields: Fields) throws -> ChatJSON? {
        guard let tools = try fields.objects("tools"), !tools.isEmpty else { return nil }
        if try fields.toolChoice() == .none { return nil }
        return try ChatJSON(array: JSONValue.array(tools.map(\.json)).text)
    }
}
