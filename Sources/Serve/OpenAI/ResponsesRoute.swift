import Hummingbird

/// `POST /v1/responses`.
struct ResponsesRoute: Sendable {
    let server: Server

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let chat = try await WorkQueue.preparation.run { try ResponsesRequest.chat(fields, server) }
        let run = try TextRun([chat.text], chat.scheduler, context)
        let shape = ResponsesShape(chat)
        guard chat.generation.streams else { return try await run.whole { try await shape.whole(run) } }
        return await run.stream(
            failure: { error, stream in try await stream.send(error.json, event: "error") },
            { try await shape.stream(run, into: &$0) })
    }
}
