import Hummingbird
import JSON
import Swiftlet

/// `POST /v1/rerank` and `/rerank`: how well documents answer a query, in the form of Jina and Cohere, or, where the request
/// has `texts`, in that of Hugging Face's text-embeddings-inference.
struct RerankRoute: Sendable {
    let server: Server

    private static let maxDocuments = 4096

    func respond(_ request: Request, _ context: ServerContext) async throws -> Response {
        let fields = Fields(try await request.json(context, limit: server.options.maxBodyBytes))
        let (model, service) = try server.catalog.model(fields.string("model"), for: "reranking") { $0.reranking }
        let query = try fields.required("query", fields.string("query"))
        let isShort = fields["texts"] != nil
        let documents = try isShort ? fields.strings("texts") ?? [] : Self.documents(fields)
        guard (1...Self.maxDocuments).contains(documents.count) else {
            throw APIError.invalid(
                "there are \(documents.count) documents: use 1 to \(Self.maxDocuments)",
                param: isShort ? "texts" : "documents")
        }
        let top = try fields.int("top_n", in: 1...Int(Int32.max)) ?? documents.count
        let logits: [Float]
        do {
            logits = try await context.whileConnected(timeout: server.options.timeout) {
                try await service.score(query, documents)
            }
        } catch let error as SwiftletError {
            throw APIError(error, model)
        }
        let order = logits.indices.sorted { logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1 }.prefix(top)
        if isShort { return try short(fields, documents, logits, order) }
        let returnsDocuments = try fields.bool("return_documents") ?? false
        let results = order.map { index in
            JSONValue.members([
                ("index", .int(index)), ("relevance_score", .float(Reranker.probability(of: logits[index]))),
                ("document", returnsDocuments ? .members([("text", .string(documents[index]))]) : nil),
            ])
        }
        let tokens = Self.tokens(query, documents, model.model)
        return Response(
            json: .members([
                ("model", .string(model.name)), ("object", .string("list")), ("results", .array(results)),
                ("usage", .members([("prompt_tokens", .int(tokens)), ("total_tokens", .int(tokens))])),
            ]))
    }

    private func short(
        _ fields: Fields, _ documents: [String], _ logits: [Float], _ order: ArraySlice<Int>
    ) throws -> Response {
        let isRaw = try fields.bool("raw_scores") ?? false
        let returnsText = try fields.bool("return_text") ?? false
        return Response(
            json: .array(
                order.map { index in
                    .members([
                        ("index", .int(index)),
                        ("score", .float(isRaw ? logits[index] : Reranker.probability(of: logits[index]))),
                        ("text", returnsText ? .string(documents[index]) : nil),
                    ])
                }))
    }

    /// Texts, or objects with one.
    private static func documents(_ fields: Fields) throws(APIError) -> [String] {
        let items = try fields.required("documents", fields.array("documents"))
        var documents: [String] = []
        for (index, item) in items.enumerated() {
            guard let text = item.string ?? item["text"]?.string else {
                throw fields.wrong("documents[\(index)]", "a string, or an object with text", item)
            }
            documents.append(text)
        }
        return documents
    }

    private static func tokens(_ query: String, _ documents: [String], _ model: Model) -> Int {
        let queryTokens = model.tokenize(query, addSpecial: false).count
        return documents.reduce(0) { $0 + queryTokens + model.tokenize($1, addSpecial: false).count }
    }
}
