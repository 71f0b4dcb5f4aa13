public import ArgumentParser
public import Swiftlet

extension EmbedderOptions.Pooling: ExpressibleByArgument {}

/// How texts become vectors.
struct EmbeddingFlags: ParsableArguments {
    @OptionGroup var modelFlags: ModelFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How token vectors become one; none: a vector for each token. (default: as the model says)",
            valueName: "mean|cls|last|max|none"))
    var pooling: EmbedderOptions.Pooling?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Keep only the first n elements of a vector, for models trained so.", valueName: "n"))
    var dimensions: Int?

    @OptionGroup var encoder: EncoderFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A folder of sentence-transformers, whose settings hold.", valueName: "path"))
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

    var options: EmbedderOptions {
        var options = EmbedderOptions()
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
    func openModel() throws(SwiftletError) -> Model {
        try modelFlags.open(.embedding)
    }
}

/// What stands before texts that are searched for and searched in.
struct PrefixFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Stands before each query. (default: what --sidecar says)", valueName: "text"))
    var queryPrefix: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Stands before each text that is searched in. (default: what --sidecar says)", valueName: "text"))
    var passagePrefix: String?

    func apply(to options: inout EmbedderOptions) {
        options.queryPrefix = queryPrefix
        options.passagePrefix = passagePrefix
    }
}
