import Swiftlet

/// How the server runs.
struct ServerOptions: Sendable {
    var models: [ModelFile] = []
    /// By the name of a model, a chat template in place of its file's.
    var templates: [String: String] = [:]
    /// In the order of their numbers.
    var adapters: [AdapterFile] = []
    var host = "127.0.0.1"
    var port = 8080
    /// A socket's path in place of host and port.
    var unixSocket: String?
    /// Paths of a certificate chain and its key, both PEM.
    var tls: (certificate: String, key: String)?
    /// Those that clients may use; empty: no key is needed.
    var keys: [String] = []
    /// Sites whose pages may use the server; `*`: any.
    var corsOrigins: [String] = []
    /// Names that clients may call the server by, beside those of this machine.
    var allowedHosts: [String] = []
    /// Threads, instruction set, cache.
    var runtime = RuntimeOptions()
    /// Max tokens of each text with its prompt; nil: what each model was made for.
    var context: Int?
    var text = TextScheduler.Limits()
    /// How long a client waits for an answer at most.
    var timeout = Duration.seconds(600)
    /// How long answers may go on once the server is asked to end.
    var grace = Duration.seconds(30)
    /// Max bytes of a JSON body.
    var maxBodyBytes = 8 << 20
    /// Max bytes of an uploaded file.
    var maxUploadBytes = 1 << 30
    /// Max number of connections.
    var maxConnections = 1024

    /// The context of a model's sequences.
    func contextLength(_ model: Model) -> Int? { context.map { min($0, model.contextLength) } }
}
