import ArgumentParser
import Swiftlet

/// Prints the vectors of texts.
struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Computes embedding vectors of texts.",
        discussion: """
            Texts are arguments or lines of a file or of standard input. Vectors are written as texts arrive, in constant \
            memory. json, jsonl and csv have each text's index, token count, truncation flag and vector; npy is a \
            float32 array [texts, dimensions].

            Example:
              swiftlet embed -m model.gguf -f lines.txt --format npy -o vectors.npy
            """)

    @OptionGroup(title: "Input") var texts: TextsFlags
    @OptionGroup(title: "Model") var embedding: EmbeddingFlags

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Token ids instead of a text. Repeatable.", valueName: "id,..."))
    var ids: [TokenList] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Output format.", valueName: "format"))
    var format = VectorFormat.json

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Output file. (default: standard output)", valueName: "path"), completion: .file())
    var output: String?

    @Flag(name: .customLong("no-normalize"), help: "Do not scale vectors to length 1.")
    var withoutNormalization = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Prefix of each text.", valueName: "text"))
    var prefix: String?

    @Flag(name: .customLong("query"), help: "Use the model's or sidecar's prefix for queries.")
    var areQueries = false

    @Flag(name: .customLong("passage"), help: "Use the model's or sidecar's prefix for passages.")
    var arePassages = false

    @Flag(name: .customLong("stats"), help: "Report text count and speed on standard error.")
    var printsStatistics = false

    func validate() throws {
        if [prefix != nil, areQueries, arePassages].count(where: \.self) > 1 {
            throw ValidationError("--prefix, --query and --passage exclude each other")
        }
        if format == .npy, output == nil, StandardStream.output.isTerminal {
            throw ValidationError(NumPyFile.terminalRefusal)
        }
        if output == "" { throw ValidationError("the path of the output is empty: use -o out.npy, or leave -o out") }
        if ids.isEmpty {
            try texts.requireSource()
        } else if texts.isGiven {
            throw ValidationError("texts and --ids exclude each other")
        }
    }

    func run() throws {
        let model = try embedding.openModel()
        var options = try embedding.options(for: model)
        options.normalize = !withoutNormalization
        if let prefix { options.passagePrefix = prefix }
        let role: TextRole = areQueries ? .query : arePassages || prefix != nil ? .passage : .plain
        let batches = ids.isEmpty ? try texts.batches() : nil
        var embedder = try Embedder(model, options)
        let interruption = Interruption(cancelling: embedder.cancellation)
        let isPerToken = embedder.pooling == EmbedderOptions.Pooling.none
        batches?.haveManyVectors = isPerToken
        let writer = try VectorWriter(
            format, path: output, dimensions: embedder.dimensions, isPerToken: isPerToken)
        let progress = EmbeddingProgress()
        defer { progress.clear() }
        func write(_ embeddings: Embeddings) throws {
            try writer.append(embeddings)
            progress.add(embeddings)
            try interruption.check()
        }
        if let batches {
            while let batch = try batches.next() {
                try write(embedder.embed(batch, as: role, numberedFrom: progress.texts + 1))
            }
        } else {
            try write(embedder.embed(tokens: ids.map(\.tokens)))
        }
        try writer.finish()
        progress.clear()
        if printsStatistics {
            StandardStream.printNote(progress.summary)
        } else if format == .npy {
            progress.warnOfTruncation()
        }
    }
}

extension EmbeddingProgress {
    func add(_ embeddings: Embeddings) {
        add(
            texts: embeddings.count, tokens: embeddings.texts.reduce(0) { $0 + $1.tokenCount },
            truncated: embeddings.texts.count(where: \.isTruncated))
    }
}
