import ArgumentParser

/// Where the server listens.
struct NetworkFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Address to listen on; 0.0.0.0 = all.", valueName: "address"))
    var host = "127.0.0.1"

    @Option(parsing: .unconditional, help: ArgumentHelp("Port to listen on; 0 = any that is free.", valueName: "n"))
    var port = 8080

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Listen on a Unix socket instead.", valueName: "path"), completion: .file())
    var unixSocket: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Certificate chain (PEM), for HTTPS.", valueName: "path"), completion: .file())
    var tlsCert: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Key of the certificate (PEM).", valueName: "path"), completion: .file())
    var tlsKey: String?

    func validate() throws {
        if !(0...65_535).contains(port) {
            throw ValidationError("the port \(port) is not possible: use --port with 0 to 65535")
        }
        if host.isEmpty { throw ValidationError("the address is empty: use --host 127.0.0.1, or leave it out") }
        if unixSocket == "" { throw ValidationError("the path of the socket is empty: use --unix-socket path") }
        if (tlsCert == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-cert and --tls-key belong together: give both, or none")
        }
    }

    func apply(to options: inout ServerOptions) {
        options.host = host
        options.port = port
        options.unixSocket = unixSocket
        if let tlsCert, let tlsKey { options.tls = (tlsCert, tlsKey) }
    }
}
