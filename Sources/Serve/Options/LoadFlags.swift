import ArgumentParser

/// How much the server does at once.
struct LoadFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Max texts that are written at once.", valueName: "n"))
    var parallel = 16

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Max requests that wait; more are refused.", valueName: "n"))
    var queue = 64

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Memory for beginnings of prompts; 0 = none.", valueName: "MiB"))
    var promptCache = 1024

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Max seconds that an answer takes.", valueName: "s"))
    var timeout = 600

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Max size of an uploaded recording.", valueName: "MiB"))
    var maxUpload = 1024

    func validate() throws {
        for (name, value, range) in [
            ("parallel", parallel, 1...4096), ("queue", queue, 0...1_000_000),
            ("prompt-cache", promptCache, 0...1 << 30), ("timeout", timeout, 1...86_400),
            ("max-upload", maxUpload, 1...1 << 20),
        ] where !range.contains(value) {
            throw ValidationError(
                "\(value) is not possible: use --\(name) with \(range.lowerBound) to \(range.upperBound)")
        }
    }

    func apply(to options: inout ServerOptions) {
        options.text.parallel = parallel
        options.text.queue = queue
        options.text.prefixBytes = promptCache << 20
        options.timeout = .seconds(timeout)
        options.maxUploadBytes = maxUpload << 20
    }
}
