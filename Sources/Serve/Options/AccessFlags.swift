import ArgumentParser
import Foundation

/// Who may use the server.
struct AccessFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("File with a key a line; clients need one.", valueName: "path"), completion: .file())
    var apiKeyFile: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Site whose pages may ask; * = any. Repeatable.", valueName: "origin"))
    var corsOrigin: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Name that the server is called by. Repeatable.", valueName: "name"))
    var allowedHost: [String] = []

    /// - Throws: ``ServeFailure`` for a file of keys that cannot be read, or has none.
    func apply(to options: inout ServerOptions) throws(ServeFailure) {
        options.corsOrigins = corsOrigin
        options.allowedHosts = allowedHost
        guard let apiKeyFile else { return }
        guard let text = try? String(contentsOfFile: apiKeyFile, encoding: .utf8) else {
            throw ServeFailure(message: "\(apiKeyFile): the file of keys cannot be read")
        }
        options.keys = text.split(whereSeparator: \.isNewline).map { $0.trimmingWhitespace() }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
        guard !options.keys.isEmpty else {
            throw ServeFailure(message: "\(apiKeyFile): there is no key in it: write one a line")
        }
    }
}
