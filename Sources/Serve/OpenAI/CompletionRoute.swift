import Foundation
import Hummingbird
import JSON
import Swiftlet

/// `POST /v1/completions`: texts that go on from prompts.
struct CompletionRoute: Sendable {
    let server: Server

    private static let maxPrompts = 128

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let (shape, requests, scheduler) = try await WorkQueue.preparation.run { try prepare(fields) }
        let run = try TextRun(requests, scheduler, context)
        return shape.generation.streams
            ? await run.stream { try await shape.stream(run, into: &$0) }
            : try await run.whole { try await shape.whole(run) }
    }

    private func prepare(_ fields: Fields) throws -> (CompletionShape, [TextRequest], TextScheduler) {
        let (model, scheduler) = try server.catalog.model(fields.string("model"), for: "completion") { $0.text }
        do {
            var generation = try GenerationFields(fields, model.model)
            // OpenAI's default, which keeps a base model from writing until the context is full.
            if generation.options.maxTokens == nil { generation.options.maxTokens = 16 }
            let echo = try fields.bool("echo") ?? false
            generation.options.continuesPrompt = echo
            if try fields.string("suffix")?.isEmpty == false {
                throw APIError.invalid("suffix is not supported: leave it out", param: "suffix")
            }
            let top = try Self.probabilities(fields)
            let prompts = try Self.prompts(fields, model.model)
            let adapters = try model.adapters.choice(fields)
            let requests = try prompts.map { prompt in
                try TextRequest(
                    model.model, prompt: prompt.tokens, generation.options, adapters, count: generation.count,
                    contextLength: scheduler.engine.contextLength, topLogProbabilities: top,
                    deadline: server.deadline)
            }
            let shape = CompletionShape(
                model: model, generation: generation, echoes: prompts.map { echo ? $0.text : "" },
                tellsProbabilities: top != nil)
            return (shape, requests, scheduler)
        } catch let error as SwiftletError {
            throw APIError(error, model)
        }
    }

    /// A number of tokens; chat's form, true or false, is understood too.
    private static func probabilities(_ fields: Fields) throws(APIError) -> Int? {
        if let isWanted = fields["logprobs"]?.bool {
            return isWanted ? try fields.int("top_logprobs", in: 0...20) ?? 0 : nil
        }
        return try fields.int("logprobs", in: 0...20)
    }

    /// A text or tokens, or several.
    private static func prompts(_ fields: Fields, _ model: Model) throws -> [(text: String, tokens: [Token])] {
        let value = try fields.required("prompt", fields["prompt"])
        let items = value.items ?? [value]
        guard !items.isEmpty else { throw APIError.invalid("prompt is empty", param: "prompt") }
        if items.allSatisfy({ $0.int != nil }) { return [try tokens(items, model)] }
        guard items.count <= maxPrompts else {
            throw APIError.invalid("there are \(items.count) prompts: use up to \(maxPrompts)", param: "prompt")
        }
        return try items.map { item in
            if let numbers = item.items { return try tokens(numbers, model) }
            guard let text = item.string else { throw fields.wrong("prompt", "a string or token ids", item) }
            return (text, model.tokenize(text, parseSpecial: true))
        }
    }

    private static func tokens(_ items: [JSONValue], _ model: Model) throws -> (text: String, tokens: [Token]) {
        let tokens = try items.map { item in
            guard let id = item.int, (0..<model.vocabularySize).contains(id) else {
                throw APIError.invalid(
                    "\(item.text.prefix(40)) is no token of the vocabulary, which has the ids 0 to "
                        + "\(model.vocabularySize - 1)", param: "prompt")
            }
            return Token(id)
        }
        return (model.detokenize(tokens, renderSpecial: true), tokens)
    }
}
