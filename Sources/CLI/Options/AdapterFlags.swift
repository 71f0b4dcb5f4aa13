import ArgumentParser
import Swiftlet

/// An adapter of a command line: `PATH` or `PATH=SCALE`.
struct AdapterArgument: ExpressibleByArgument {
    let path: String
    let scale: Float

    /// What stands behind the last `=` is a scale where it is a number.
    init?(argument: String) {
        var path = argument[...]
        var scale: Float = 1
        if let place = argument.lastIndex(of: "="), let number = Float(argument[argument.index(after: place)...]) {
            (path, scale) = (argument[..<place], number)
        }
        guard !path.isEmpty, scale.isFinite else { return nil }
        self.path = String(path)
        self.scale = scale
    }

    /// The adapter, ready to run with its model.
    func open(for model: Model) throws -> ScaledAdapter {
        let adapter =
            try Adapter.isFolder(path)
            ? Adapter(folder: path, for: model) : Adapter(path: ModelFile.path(path), for: model)
        return ScaledAdapter(adapter, scale: scale)
    }
}

/// What changes a model.
struct AdapterFlags: ParsableArguments {
    @Option(
        name: .customLong("lora"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("LoRA adapter, GGUF or PEFT, with its scale; repeatable.", valueName: "path[=x]"),
        completion: .file())
    var adapters: [AdapterArgument] = []

    /// The adapters, ready to run with their model; one that is named twice is open once.
    func open(for model: Model) throws -> [ScaledAdapter] {
        var opened: [String: Adapter] = [:]
        return try adapters.map { argument in
            let adapter = try opened[argument.path] ?? argument.open(for: model).adapter
            opened[argument.path] = adapter
            return ScaledAdapter(adapter, scale: argument.scale)
        }
    }
}
