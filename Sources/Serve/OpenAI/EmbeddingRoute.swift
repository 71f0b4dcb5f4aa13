import Foundation
import Hummingbird
import JSON
import Swiftlet

/// `POST /v1/embeddings`: the vectors of texts.
struct EmbeddingRoute: Sendable {
    let server: Server

    private static let maxTexts = 2048

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let (model, service) = try server.catalog.model(fields.string("model"), for: "embeddings") { $0.embedding }
        let texts = try Self.texts(fields)
        let dimensions = try fields.int("dimensions", in: 1...service.dimensions) ?? service.dimensions
        let format = try fields.string("encoding_format") ?? "float"
        guard format == "float" || format == "base64" else {
            throw APIError.invalid("encoding_format is \(format): use float or base64", param: "encoding_format")
        }
        let role = try Self.role(fields)
        let truncates = try fields.bool("truncate") ?? false
        let vectors: [EmbeddingService.Vector]
        do {
            vectors = try await context.whileConnected(timeout: server.options.timeout) {
                try await service.embed(texts, as: role, truncates: truncates)
            }
        } catch let error as SwiftletError {
            throw APIError(error, model)
        }
        let data = vectors.enumerated().map { index, vector in
            let values = Self.shortened(vector.values, to: dimensions)
            return JSONValue.members([
                ("object", .string("embedding")), ("index", .int(index)),
                ("embedding", format == "base64" ? Self.base64(values) : .array(values.map { .float($0) })),
            ])
        }
        let tokens = vectors.reduce(0) { $0 + $1.tokenCount }
        server.metrics.add("prompt_tokens_total", "", Double(tokens))
        return Response(
            json: .members([
                ("object", .string("list")), ("data", .array(data)), ("model", .string(model.name)),
                ("usage", .members([("prompt_tokens", .int(tokens)), ("total_tokens", .int(tokens))])),
            ]))
    }

    private static func texts(_ fields: Fields) throws(APIError) -> [String] {
        let input = try fields.required("input", fields["input"])
        if input.items?.contains(where: { $0.int != nil || $0.items != nil }) == true {
            throw .invalid(
                "input has token ids, of another vocabulary than the model's: send text (LangChain's OpenAIEmbeddings: "
                    + "check_embedding_ctx_length=False)", param: "input")
        }
        let texts = try fields.strings("input") ?? []
        guard (1...maxTexts).contains(texts.count) else {
            throw .invalid("input has \(texts.count) texts: use 1 to \(maxTexts)", param: "input")
        }
        return texts
    }

    /// Which of the model's prefixes stands before the texts; TEI's `prompt_name`.
    private static func role(_ fields: Fields) throws -> TextRole {
        guard let name = try fields.string("prompt_name") ?? fields.string("input_type") else { return .plain }
        switch name {
        case "query", "search_query": return .query
        case "passage", "document", "search_document": return .passage
        default: return .plain
        }
    }

    /// The first elements, scaled to length 1, for models that were trained so (arXiv:2205.13147).
    static func shortened(_ vector: [Float], to count: Int) -> [Float] {
        guard count < vector.count else { return vector }
        let part = vector.prefix(count)
        let length = part.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        return length > 0 ? part.map { $0 * Float(1 / length) } : Array(part)
    }

    /// float32, little-endian.
    private static func base64(_ values: [Float]) -> JSONValue {
        var data = Data(capacity: 4 * values.count)
        for value in values {
            let bits = value.bitPattern
            for shift: UInt32 in [0, 8, 16, 24] { data.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        return .string(data.base64EncodedString())
    }
}
