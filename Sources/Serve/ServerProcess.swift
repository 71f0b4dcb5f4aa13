import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals

/// A running server: the socket, signals, and the end.
struct ServerProcess {
    let server: Server

    init(_ server: Server) {
        self.server = server
    }

    /// Serves until SIGTERM or SIGINT, and lets running answers finish.
    ///
    /// - Parameter onStart: gets the port.
    /// - Throws: ``ServeFailure`` where the address cannot be had.
    func run(onStart: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let options = server.options
        var logger = Logger(label: "swiftlet-serve") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        let application = Application(
            responder: server.responder(), server: try channel(),
            configuration: ApplicationConfiguration(
                address: options.unixSocket.map { .unixDomainSocket(path: $0) }
                    ?? .hostname(options.host, port: options.port),
                backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(options.maxConnections, logger: logger)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? options.port
                announce(port: port)
                onStart(port)
            },
            logger: logger)
        let ending = Ending()
        var configuration = ServiceGroupConfiguration(
            services: [application, EndWatch(server: server, ending: ending)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = options.grace
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            // Answers that took longer than the grace were cut off.
            guard !ending.isRequested else { return }
            throw ServeFailure(message: "\(address(port: options.port)): \(error)")
        }
    }

    private func channel() throws -> HTTPServerBuilder {
        let limits = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 100)
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionMonitor()], idleTimeout: .seconds(60),
                httpDecoderConfiguration: limits))
        guard let tls = server.options.tls else { return http }
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(tls.certificate).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = try NIOSSLPrivateKey(file: tls.key, format: .pem)
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: certificates, privateKey: .privateKey(key))
            return try .tls(http, tlsConfiguration: configuration)
        } catch {
            throw ServeFailure(message: "\(tls.certificate), \(tls.key): \(error)")
        }
    }

    private func address(port: Int) -> String {
        if let path = server.options.unixSocket { return path }
        let host = server.options.host.contains(":") ? "[\(server.options.host)]" : server.options.host
        return "\(server.options.tls == nil ? "http" : "https")://\(host):\(port)"
    }

    private func announce(port: Int) {
        let models = server.catalog.models.map { "\($0.name) (\($0.capabilities.joined(separator: ", ")))" }
        let text = "swiftlet-serve: \(models.joined(separator: ", ")) at \(address(port: port))\n"
        FileHandle.standardError.write(Data(text.utf8))
    }
}

/// Whether the server was asked to end.
private final class Ending: Sendable {
    private let requested = Atomic(false)

    var isRequested: Bool { requested.load(ordering: .acquiring) }

    func request() { requested.store(true, ordering: .releasing) }
}

/// Refuses new work once the server is asked to end.
private struct EndWatch: Service {
    let server: Server
    let ending: Ending

    func run() async throws {
        // Cancelled where the server could not start.
        do { try await gracefulShutdown() } catch { return }
        ending.request()
        server.close()
    }
}
