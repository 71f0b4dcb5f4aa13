public import ArgumentParser
import Foundation
public import Swiftlet

extension RuntimeOptions.CacheType: ExpressibleByArgument {}

/// What is served.
struct ServedModelFlags: ParsableArguments {
    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("File or owner/repo:QUANT. Repeatable. (default: built-in)", valueName: "name=path"),
        completion: .file())
    var models: [ModelFile] = []

    @Option(
        name: .customLong("template"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Chat template (Jinja) of a model. Repeatable.", valueName: "name=path"),
        completion: .file())
    var templates: [ModelFile] = []

    @Option(
        name: .customLong("lora"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("LoRA adapter of a model, with its scale. Repeatable.", valueName: "name=path[=x]"),
        completion: .file())
    var adapters: [AdapterFile] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Context length in tokens. (default: each model's)", valueName: "n"))
    var context: Int?

    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: ArgumentHelp("Threads; 0 = the CPUs this process may use.", valueName: "n"))
    var threads = 0

    @Option(
        name: .customLong("kv-type"), parsing: .unconditional,
        help: ArgumentHelp("Type of the key/value cache. (default: f16)", valueName: "type"))
    var cacheType: RuntimeOptions.CacheType?

    func validate() throws {
        if let context, context < 2 {
            throw ValidationError("a context of \(context) tokens is not possible: use --context with 2 or more")
        }
        if !(0...1024).contains(threads) {
            throw ValidationError("\(threads) threads are not possible: use --threads with 0 to 1024")
        }
    }

    /// - Throws: ``ServeFailure`` for a template that cannot be read, and for what is of no model.
    func apply(to options: inout ServerOptions) throws(ServeFailure) {
        options.models = models
        for template in templates {
            guard models.contains(where: { $0.name == template.name }) else {
                throw ServeFailure(
                    message: "no model is called \(template.name): use --template NAME=FILE with a name of -m NAME=FILE"
                )
            }
            guard let text = try? String(contentsOfFile: template.path, encoding: .utf8) else {
                throw ServeFailure(message: "\(template.path): the template cannot be read")
            }
            options.templates[template.name] = text
        }
        for adapter in adapters where !models.contains(where: { $0.name == adapter.model }) {
            throw ServeFailure(
                message: "no model is called \(adapter.model): use --lora NAME=ADAPTER with a name of -m NAME=FILE")
        }
        options.adapters = adapters
        options.context = context
        options.runtime.threads = threads
        options.runtime.cacheType = cacheType
    }
}
