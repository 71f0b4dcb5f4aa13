import Hummingbird
import JSON
import Swiftlet

/// `POST /v1/chat/completions`.
struct ChatRoute: Sendable {
    let server: Server

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let chat = try await WorkQueue.preparation.run { try ChatRequest(fields, server) }
        let run = try TextRun([chat.text], chat.scheduler, context)
        let shape = ChatShape(chat)
        return chat.generation.streams
            ? await run.stream { try await shape.stream(run, into: &$0) }
            : try await run.whole { try await shape.whole(run) }
    }
}
