import CDefaultModel
import Swiftlet

/// The models of a server, by their names.
struct ModelCatalog: Sendable {
    let models: [ServedModel]

    /// Opens the models that the options name, or those that are part of the program.
    ///
    /// - Throws: ``SwiftletError`` for a file that cannot be opened.
    init(_ options: ServerOptions, _ metrics: Metrics) throws(SwiftletError) {
        var models: [ServedModel] = []
        for file in options.models {
            guard !models.contains(where: { $0.name == file.name }) else {
                throw SwiftletError(
                    .invalidArgument, "two models are called \(file.name): give one another name with -m NAME=FILE")
            }
            models.append(try ServedModel(file.name, Model(path: file.path), options, metrics))
        }
        if models.isEmpty {
            for model in try Self.builtIn() {
                models.append(try ServedModel(model.path, model, options, metrics))
            }
        }
        self.models = models
    }

    /// The models that are part of the program: one for each task.
    private static func builtIn() throws(SwiftletError) -> [Model] {
        var models: [Model] = []
        for name in ["chat", "embedding", "speech"] {
            var size = 0
            let start =
                switch name {
                case "chat": unsafe swl_default_model(&size)
                case "embedding": unsafe swl_default_embedding_model(&size)
                default: unsafe swl_default_speech_model(&size)
                }
            let bytes = unsafe UnsafeRawBufferPointer(start: start, count: size)
            models.append(try unsafe Model(staticBytes: bytes, name: name))
        }
        return models
    }

    /// The model that a request names.
    ///
    /// A request that names none gets the first one for the task. So does one that names another, where there is one alone
    /// for the task: many clients have names of their own built in.
    ///
    /// - Parameters:
    ///   - name: the request's.
    ///   - task: for messages.
    ///   - service: what the model must have.
    /// - Throws: ``APIError`` with the status 404, or 400 for a model that cannot do it.
    func model<Service>(
        _ name: String?, for task: String, _ service: (ServedModel) -> Service?
    ) throws(APIError) -> (ServedModel, Service) {
        let able = models.compactMap { model in service(model).map { (model, $0) } }
        if let name, let model = models.first(where: { $0.name == name }) {
            if let found = able.first(where: { $0.0 === model }) { return found }
            let others = able.map(\.0.name)
            throw .invalid(
                "the model \(name) is not for \(task)"
                    + (others.isEmpty ? "" : ": use \(others.joined(separator: " or "))"),
                param: "model")
        }
        guard let first = able.first else {
            throw .notFound(
                "the server has no model for \(task)", param: "model", code: "model_not_found")
        }
        guard name == nil || name == "" || able.count == 1 else {
            throw .notFound(
                "the server has no model \(name ?? ""): use \(able.map(\.0.name).joined(separator: " or "))",
                param: "model", code: "model_not_found")
        }
        return first
    }
}
