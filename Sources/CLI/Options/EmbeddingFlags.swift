public import ArgumentParser
public import Swiftlet

extension EmbedderOptions.Pooling: ExpressibleByArgument {}

/// How texts become vectors.
struct EmbeddingFlags: ParsableArguments {
    @OptionGroup var modelFlags: ModelFlags

    @OptionGroup var adapters: AdapterFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Pooling; none = a vector per token. (default: the model's)", valueName: "how"))
    var pooling: EmbedderOptions.Pooling?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Truncate vectors to n elements (Matryoshka models).", valueName: "n"))
    var dimensions: Int?

    @OptionGroup var encoder: EncoderFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Read settings from a sentence-transformers folder.", valueName: "path"), completion: .file()
    )
    var sidecar: String?

    func validate() throws {
        if let dimensions, dimensions < 1 {
            throw ValidationError("\(dimensions) dimensions are not possible: use --dimensions with 1 or more")
        }
    }

    /// For commands that compare texts: each needs a single vector.
    func validateOneVectorEach() throws {
        if pooling == EmbedderOptions.Pooling.none {
            throw ValidationError("texts are compared by a vector for each: use another --pooling than none")
        }
    }

    func options(for model: Model) throws -> EmbedderOptions {
        var options = EmbedderOptions()
        options.adapters = try adapters.open(for: model)
        options.threads = encoder.threads ?? 0
        options.pooling = pooling
        options.dimensions = dimensions
        options.maxTokens = encoder.maxTokens
        options.overflow = encoder.overflow
        options.parsesSpecial = !encoder.withoutSpecial
        options.sidecar = sidecar
        return options
    }

    /// Opens the model, or the one that is built in.
    func openModel() throws -> Model {
        try modelFlags.open(.embedding)
    }
}

/// Prefixes of queries and passages.
struct PrefixFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Prefix of queries. (default: the model's)", valueName: "text"))
    var queryPrefix: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Prefix of passages. (default: the model's)", valueName: "text"))
    var passagePrefix: String?

    func apply(to options: inout EmbedderOptions) {
        options.queryPrefix = queryPrefix
        options.passagePrefix = passagePrefix
    }
}
