import JSON
import Swiftlet

/// The description of the server's API (https://spec.openapis.org/oas/v3.1.0), for programs.
enum OpenAPIDocument {
    private struct Operation {
        let path: String
        let summary: String
        /// The schema of the body; nil for one that is asked by GET.
        var schema: String?
        var types = ["application/json"]
    }

    private static let streamed = ["application/json", "text/event-stream"]
    private static let transcripts = streamed + ["text/plain", "text/vtt", "application/x-subrip"]

    private static let operations = [
        Operation(path: "/health", summary: "Whether the server is well."),
        Operation(path: "/metrics", summary: "Counters in Prometheus' format.", types: ["text/plain"]),
        Operation(path: "/openapi.json", summary: "This description."),
        Operation(path: "/v1/models", summary: "The models."),
        Operation(path: "/v1/models/{name}", summary: "A model."),
        Operation(
            path: "/v1/chat/completions", summary: "The next message of a conversation.", schema: "ChatRequest",
            types: streamed),
        Operation(
            path: "/v1/completions", summary: "Texts that go on from prompts.", schema: "CompletionRequest",
            types: streamed),
        Operation(
            path: "/v1/responses", summary: "The next message, by the Responses API; nothing is kept.",
            schema: "ResponsesRequest", types: streamed),
        Operation(
            path: "/v1/messages", summary: "The next message, by Anthropic's API.", schema: "MessagesRequest",
            types: streamed),
        Operation(
            path: "/v1/messages/count_tokens", summary: "Tokens of a conversation.", schema: "MessagesRequest"),
        Operation(path: "/v1/embeddings", summary: "Vectors of texts.", schema: "EmbeddingRequest"),
        Operation(path: "/v1/rerank", summary: "How well documents answer a query.", schema: "RerankRequest"),
        Operation(
            path: "/v1/audio/transcriptions", summary: "The text of a recording.", schema: "TranscriptionRequest",
            types: transcripts),
        Operation(
            path: "/v1/audio/translations", summary: "The English text of a recording.",
            schema: "TranscriptionRequest", types: transcripts),
        Operation(
            path: "/v1/translate", summary: "Texts in another language, or summaries.", schema: "TranslateRequest"),
        Operation(
            path: "/look", summary: "A page of what a model computes on a text.", schema: "LookRequest",
            types: ["text/html"]),
        Operation(path: "/tokenize", summary: "Tokens of a text.", schema: "TokenizeRequest"),
        Operation(path: "/detokenize", summary: "The text of tokens.", schema: "DetokenizeRequest"),
        Operation(path: "/apply-template", summary: "The prompt of a conversation.", schema: "ChatRequest"),
        Operation(path: "/lora-adapters", summary: "The adapters of the models, with their scales."),
        Operation(
            path: "/lora-adapters", summary: "Sets the scales of requests that do not say.", schema: "AdapterScales"),
    ]

    static let text = document.text

    private static var document: JSONValue {
        let schemas = (try? JSONParser.parse(OpenAPISchemas.text)) ?? .object([])
        return .members([
            ("openapi", .string("3.1.0")),
            (
                "info",
                .members([("title", .string("swiftlet-serve")), ("version", .string(Version.text))])
            ),
            ("paths", paths),
            ("components", .members([("schemas", schemas)])),
        ])
    }

    private static var paths: JSONValue {
        var names: [String] = []
        for operation in operations where names.last != operation.path { names.append(operation.path) }
        return .members(
            names.map { name in (name, .members(operations.filter { $0.path == name }.map { member($0) })) })
    }

    /// An operation by its method.
    private static func member(_ operation: Operation) -> (String, JSONValue?) {
        let parameter = JSONValue.members([
            ("name", .string("name")), ("in", .string("path")), ("required", .bool(true)),
            ("schema", .members([("type", .string("string"))])),
        ])
        let members: [(String, JSONValue?)] = [
            ("summary", .string(operation.summary)),
            ("parameters", operation.path.contains("{") ? .array([parameter]) : nil),
            ("requestBody", operation.schema.map { body($0) }),
            (
                "responses",
                .members([
                    ("200", answer("The answer.", operation.types.map { ($0, .object([])) })),
                    ("4XX", answer("A mistake of the client, or too many requests.", failure)),
                    ("5XX", answer("The server cannot answer now.", failure)),
                ])
            ),
        ]
        return (operation.schema == nil ? "get" : "post", .members(members))
    }

    private static let failure: [(String, JSONValue?)] = [("application/json", reference("Error"))]

    private static func reference(_ schema: String) -> JSONValue {
        .members([("schema", .members([("$ref", .string("#/components/schemas/" + schema))]))])
    }

    private static func body(_ schema: String) -> JSONValue {
        let type = schema == "TranscriptionRequest" ? "multipart/form-data" : "application/json"
        return .members([("required", .bool(true)), ("content", .members([(type, reference(schema))]))])
    }

    private static func answer(_ description: String, _ content: [(String, JSONValue?)]) -> JSONValue {
        .members([("description", .string(description)), ("content", .members(content))])
    }
}
