import Hummingbird
import Swiftlet
import Synchronization

/// What answers requests: the models, and how the server runs.
final class Server: Sendable {
    let options: ServerOptions
    let catalog: ModelCatalog
    let metrics: Metrics
    let access: AccessRules
    let started = ContinuousClock.now

    /// - Throws: ``SwiftletError`` for a model that cannot be opened.
    init(_ options: ServerOptions) throws(SwiftletError) {
        self.options = options
        metrics = Metrics()
        catalog = try ModelCatalog(options, metrics)
        access = AccessRules(options)
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
        return Gate(server: self, next: router.buildResponder())
    }

    private func addStatus(to router: Router<ServerContext>) {
        let status = StatusRoutes(server: self)
        for path: RouterPath in ["/health", "/v1/health"] { router.get(path) { _, _ in status.health() } }
        router.get("/metrics") { _, _ in status.metrics() }
        for path: RouterPath in ["/v1/models", "/models"] { router.get(path) { _, _ in status.models() } }
        router.get("/v1/models/:name") { _, context in try status.model(context.parameters.get("name") ?? "") }
    }

    private func addText(to router: Router<ServerContext>) {
        let chat = ChatRoute(server: self)
        for path: RouterPath in ["/v1/chat/completions", "/chat/completions"] {
            router.post(path) { try await chat.respond($0, $1) }
        }
    }
}
