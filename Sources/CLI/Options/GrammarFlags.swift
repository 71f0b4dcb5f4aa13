public import ArgumentParser
public import Swiftlet

extension OutputGrammar.Whitespace: ExpressibleByArgument {}

/// Constraints of generated text.
struct GrammarFlags: ParsableArguments {
    @Option(
        name: .customLong("grammar"), parsing: .unconditional,
        help: ArgumentHelp("Constrain output to a GBNF grammar.", valueName: "path"), completion: .file())
    var grammarPath: String?

    @Option(
        name: .customLong("json-schema"), parsing: .unconditional,
        help: ArgumentHelp("Constrain output to a JSON schema.", valueName: "path"), completion: .file())
    var schemaPath: String?

    @Option(
        name: .customLong("json-whitespace"),
        help: ArgumentHelp("White space in JSON. (default: printed)", valueName: "how"))
    var whitespace: OutputGrammar.Whitespace?

    func validate() throws {
        if whitespace != nil, schemaPath == nil {
            throw ValidationError("--json-whitespace is for --json-schema, which is missing")
        }
        if grammarPath != nil, schemaPath != nil {
            throw ValidationError("--grammar and --json-schema exclude each other")
        }
    }

    /// The grammar that was asked for.
    ///
    /// - Throws: `Failure` or `SwiftletError`, which says what is wrong with the file.
    func read() throws -> OutputGrammar? {
        if let grammarPath {
            return try Self.grammar(of: grammarPath) { text throws(SwiftletError) in try OutputGrammar(gbnf: text) }
        }
        if let schemaPath {
            return try Self.grammar(of: schemaPath) { text throws(SwiftletError) in
                try OutputGrammar(jsonSchema: text, whitespace: whitespace ?? .printed)
            }
        }
        return nil
    }

    private static func grammar(
        of path: String, _ parse: (String) throws(SwiftletError) -> OutputGrammar
    ) throws -> OutputGrammar {
        let text = String(decoding: try TextSource.file(path).read(), as: UTF8.self)
        do throws(SwiftletError) {
            return try parse(text)
        } catch {
            throw SwiftletError(error.code, "\(path): \(error.message)")
        }
    }
}
