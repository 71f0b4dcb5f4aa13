public import ArgumentParser
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

    func apply(to options: inout ServerOptions) {
        options.models = models
        options.context = context
        options.runtime.threads = threads
        options.runtime.cacheType = cacheType
    }
}
