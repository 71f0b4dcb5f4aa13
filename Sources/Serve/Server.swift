import Hummingbird
import Swiftlet
import Synchronization

/// What answers requests: the models, and how the server runs.
final class Server: Sendable {
    let options: ServerOptions
    let catalog: ModelCatalog
    let metrics: Metrics
    let access: AccessRules
    let look: LookService
    let started = ContinuousClock.now

    /// - Throws: ``SwiftletError`` for a model that cannot be opened.
    init(_ options: ServerOptions) throws(SwiftletError) {
        self.options = options
        metrics = Metrics()
        catalog = try ModelCatalog(options, metrics)
        access = AccessRules(options)
        look = LookService(queue: options.text.queue)
    }

    /// When a request that comes now has taken too long.
    var deadline: ContinuousClock.Instant { .now + options.timeout }

    /// Takes no more work; what is begun goes on.
    func close() {
        for model in catalog.models { model.text?.close() }
    }

    /// Everything that answers, behind the checks that all requests go through.
    func responder() -> some HTTPResponder<ServerContext> {
        let router = Router(context: ServerContext.self)
        addStatus(to: router)
        addText(to: router)
        addOthers(to: router)
        return Gate(server: self, next: router.buildResponder())
    }

    private func addStatus(to router: Router<ServerContext>) {
        let status = StatusRoutes(server: self)
        for path: RouterPath in ["/health", "/v1/health"] { router.get(path) { _, _ in status.health() } }
        let page = PageRoutes()
        router.get("/") { request, _ in try page.file("index.html", request) }
        router.get("/look") { request, _ in try page.file("look.html", request) }
        router.get("/page/:name") { request, context in
            try page.file(context.parameters.get("name") ?? "", request)
        }
        router.get("/metrics") { _, _ in status.metrics() }
        for path: RouterPath in ["/v1/models", "/models"] { router.get(path) { _, _ in status.models() } }
        router.get("/openapi.json") { _, _ in status.description() }
        router.get("/v1/models/:name") { _, context in try status.model(context.parameters.get("name") ?? "") }
    }

    private func addText(to router: Router<ServerContext>) {
        let chat = ChatRoute(server: self)
        let completion = CompletionRoute(server: self)
        let tokens = TokenRoutes(server: self)
        for path: RouterPath in ["/v1/chat/completions", "/chat/completions"] {
            router.post(path) { try await chat.respond($0, $1) }
        }
        for path: RouterPath in ["/v1/completions", "/completions"] {
            router.post(path) { try await completion.respond($0, $1) }
        }
        let responses = ResponsesRoute(server: self)
        let messages = MessagesRoutes(server: self)
        router.post("/v1/responses") { try await responses.respond($0, $1) }
        router.post("/v1/messages") { try await messages.respond($0, $1) }
        router.post("/v1/messages/count_tokens") { try await messages.count($0, $1) }
        router.post("/tokenize") { try await tokens.tokenize($0, $1) }
        router.post("/detokenize") { try await tokens.detokenize($0, $1) }
        let adapters = AdapterRoutes(server: self)
        router.get("/lora-adapters") { _, _ in adapters.list() }
        router.post("/lora-adapters") { try await adapters.set($0, $1) }
        router.post("/apply-template") { try await tokens.applyTemplate($0, $1) }
    }

    private func addOthers(to router: Router<ServerContext>) {
        let embedding = EmbeddingRoute(server: self)
        let rerank = RerankRoute(server: self)
        let translate = TranslateRoute(server: self)
        for path: RouterPath in ["/v1/embeddings", "/embeddings"] {
            router.post(path) { try await embedding.respond($0, $1) }
        }
        for path: RouterPath in ["/v1/rerank", "/v2/rerank", "/rerank", "/reranking"] {
            router.post(path) { try await rerank.respond($0, $1) }
        }
        let audio = AudioRoute(server: self)
        router.post("/v1/audio/transcriptions") { try await audio.respond($0, $1, translates: false) }
        router.post("/v1/audio/translations") { try await audio.respond($0, $1, translates: true) }
        router.post("/v1/translate") { try await translate.respond($0, $1) }
        let look = LookRoute(server: self)
        router.post("/look") { try await look.respond($0, $1) }
    }
}
