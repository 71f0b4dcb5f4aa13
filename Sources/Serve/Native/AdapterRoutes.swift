import Hummingbird
import JSON
import Swiftlet

/// llama-server's `/lora-adapters`: the adapters of all models.
struct AdapterRoutes: Sendable {
    let server: Server

    func list() -> Response {
        Response(json: .array(server.catalog.models.flatMap(\.adapters.json)))
    }

    /// Sets the scales of requests that do not say any: `[{"id": 0, "scale": 0.5}]`. Adapters that are not named get 0.
    func set(_ request: Request, _ context: ServerContext) async throws -> Response {
        let value = try await request.anyJSON(context, limit: server.options.maxBodyBytes)
        guard value.items != nil else {
            throw APIError.invalid("the body is \(value.kind): it should be an array of objects with id and scale")
        }
        // As a member, so that failures name the place.
        let list = try Fields(.object([.init("lora", value)])).objects("lora") ?? []
        let models = server.catalog.models.filter { !$0.adapters.isEmpty && $0.text != nil }
        var changes: [(ServedModel, [Fields])] = models.map { ($0, []) }
        for item in list {
            let id = try item.required("id", item.int("id"))
            guard let place = models.firstIndex(where: { $0.adapters.has(id) }) else {
                throw APIError.invalid(
                    "\(item.place)id is \(id): no model that writes text has such an adapter", param: item.place + "id")
            }
            changes[place].1.append(item)
        }
        // All are checked before one is changed.
        let scales = try changes.map { try $0.0.adapters.scales($0.1) }
        for ((model, _), scales) in zip(changes, scales) { model.adapters.setStandard(scales) }
        return self.list()
    }
}
