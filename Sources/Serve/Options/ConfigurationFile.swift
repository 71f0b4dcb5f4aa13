import Foundation

/// Options in a file: one a line, with the names of the command line and without dashes. `#` begins a comment.
///
/// ```
/// model = chat=llama.gguf
/// port = 8080
/// ```
package enum ConfigurationFile {
    /// The arguments, behind those of the file that `--config` names: of an option that is given twice the last one counts.
    ///
    /// - Throws: ``ServeFailure`` for a file that cannot be read.
    static func expand(_ arguments: [String]) throws(ServeFailure) -> [String] {
        guard let index = arguments.lastIndex(where: { $0 == "--config" || $0.hasPrefix("--config=") }) else {
            return arguments
        }
        let path: String
        if arguments[index] == "--config" {
            guard index + 1 < arguments.count else { return arguments }
            path = arguments[index + 1]
        } else {
            path = String(arguments[index].dropFirst("--config=".count))
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ServeFailure(message: "\(path): the configuration cannot be read")
        }
        return try self.arguments(of: text, path: path) + arguments
    }

    package static func arguments(of text: String, path: String) throws(ServeFailure) -> [String] {
        var arguments: [String] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingWhitespace()
            if line.isEmpty || line.hasPrefix("#") { continue }
            let name = line.prefix { $0 != "=" && !$0.isWhitespace }
            let value = line.dropFirst(name.count).trimmingWhitespace()
            guard !name.isEmpty, value.first == "=" else {
                throw ServeFailure(message: "\(path), line \(number + 1): write an option as: port = 8080")
            }
            arguments += ["--\(name)", value.dropFirst().trimmingWhitespace()]
        }
        return arguments
    }
}
