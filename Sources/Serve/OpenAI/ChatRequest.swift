import JSON
import Swiftlet

/// A request for the next message of a conversation.
struct ChatRequest: Sendable {
    let model: ServedModel
    let scheduler: TextScheduler
    let generation: GenerationFields
    let text: TextRequest
    let tellsProbabilities: Bool

    /// - Throws: ``APIError`` for what cannot be done.
    init(_ fields: Fields, _ server: Server) throws {
        (model, scheduler) = try server.catalog.model(fields.string("model"), for: "chat") { $0.text }
        guard let template = model.template else {
            throw APIError.invalid(
                model.withoutPath(model.templateProblem ?? "the model has no chat template"), param: "model")
        }
        do {
            let generation = try GenerationFields(fields, model.model)
            let messages = try ChatMessages(fields).messages
            let tools = try Self.tools(fields)
            let thinking =
                try fields.object("chat_template_kwargs")?.bool("enable_thinking") ?? fields.bool("enable_thinking")
            let prompt = try template.prompt(messages, thinking: thinking, tools: tools)
            tellsProbabilities = try fields.bool("logprobs") ?? false
            let top = try fields.int("top_logprobs", in: 0...20)
            text = try TextRequest(
                model.model, prompt: prompt, generation.options, count: generation.count,
                contextLength: scheduler.engine.contextLength,
                topLogProbabilities: tellsProbabilities ? top ?? 0 : nil, deadline: server.deadline)
            self.generation = generation
        } catch let error as SwiftletError {
            throw APIError(error, model)
        }
    }

    private static func tools(_ fields: Fields) throws -> ChatJSON? {
        guard let tools = try fields.objects("tools"), !tools.isEmpty else { return nil }
        if fields["tool_choice"]?.string == "none" { return nil }
        return try ChatJSON(array: JSONValue.array(tools.map(\.json)).text)
    }
}
