import ArgumentParser
import Swiftlet

/// Prints the vectors of texts.
struct Embed: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns texts into vectors.",
        discussion: """
            Texts are arguments, or the lines of a file or of standard input, which may be endless: vectors come out as \
            texts come in. --format json and jsonl give each text's index, its number of tokens, whether it was \
            truncated and its vector; csv has the same in columns; npy is a float32 array [texts, dimensions], which a terminal is not sent.

            Example: swiftlet embed -m model.gguf -f lines.txt --format npy -o vectors.npy
            """)

    @OptionGroup var texts: TextsFlags
    @OptionGroup var embedding: EmbeddingFlags

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Token ids instead of a text; may be repeated.", valueName: "id,id,..."))
    var ids: [TokenList] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("How to print vectors.", valueName: "json|jsonl|csv|npy"))
    var format = VectorFormat.json

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("The file to write. (default: standard output)", valueName: "path"))
    var output: String?

    @Flag(name: .customLong("no-normalize"), help: "Leave the lengths of vectors as they are, instead of 1.")
    var withoutNormalization = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Stands before each text.", valueName: "text"))
    var prefix: String?

    @Flag(name: .customLong("query"), help: "Texts are what is searched for: the prefix is the sidecar's for queries.")
    var areQueries = false

    @Flag(name: .customLong("passage"), help: "Texts are what is searched in: the sidecar's prefix for passages.")
    var arePassages = false

    @Flag(name: .customLong("stats"), help: "Print the number of texts and the speed on standard error.")
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
        var options = embedding.options
        options.normalize = !withoutNormalization
        if let prefix { options.passagePrefix = prefix }
        let role: TextRole = areQueries ? .query : arePassages || prefix != nil ? .passage : .plain
        let batches = ids.isEmpty ? try texts.batches() : nil
        var embedder = try Embedder(embedding.openModel(), options)
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
