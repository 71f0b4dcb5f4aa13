import ArgumentParser
import Swiftlet

/// How to run an encoder with a head: for classes, or for masked tokens. None is built in.
struct HeadFlags: ParsableArguments {
    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditional,
        help: ArgumentHelp("Model: GGUF file or owner/repo:QUANT.", valueName: "path"), completion: .file())
    var path: String

    @OptionGroup var adapters: AdapterFlags

    @OptionGroup var encoder: EncoderFlags

    func validate() throws {
        if path.isEmpty { throw ValidationError("the path of the model is empty: use -m model.gguf") }
    }

    func open() throws -> Model { try Model(path: ModelFile.path(path)) }

    func options(for model: Model) throws -> HeadOptions {
        var options = HeadOptions()
        options.adapters = try adapters.open(for: model)
        options.threads = encoder.threads ?? 0
        options.maxTokens = encoder.maxTokens
        options.overflow = encoder.overflow
        options.parsesSpecial = !encoder.withoutSpecial
        return options
    }
}
