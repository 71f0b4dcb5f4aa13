public import ArgumentParser
public import Swiftlet

extension IndexWriter.Precision: ExpressibleByArgument {}

/// Builds indexes of texts and finds the texts nearest to queries.
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds the lines of a file nearest to a query.",
        discussion: """
            Build an index once, then query it. Results equal a brute-force scan. An index records its model and rejects \
            queries of another one. Empty lines never match.

            Examples:
              swiftlet search --index notes.idx --build notes.txt
              swiftlet search --index notes.idx "where are the keys?" -k 3
            """)

    @OptionGroup(title: "Input") var queries: TextsFlags
    @OptionGroup(title: "Model") var embedding: EmbeddingFlags
    @OptionGroup(title: "Model") var prefixes: PrefixFlags

    @Option(parsing: .unconditional, help: ArgumentHelp("Index file.", valueName: "path"), completion: .file())
    var index: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Build the index from lines; - = standard input.", valueName: "path"), completion: .file())
    var build: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Stored vectors; int8 = a quarter of the size.", valueName: "type"))
    var precision = IndexWriter.Precision.float32

    @Option(name: .customShort("k"), parsing: .unconditional, help: ArgumentHelp("Matches per query.", valueName: "n"))
    var count = 10

    @Option(parsing: .unconditional, help: ArgumentHelp("Output format.", valueName: "format"))
    var format = ResultFormat.text

    func validate() throws {
        try embedding.validateOneVectorEach()
        if index.isEmpty { throw ValidationError("the path of the index is empty: use --index notes.idx") }
        if count < 1 { throw ValidationError("\(count) matches are not possible: use -k with 1 or more") }
        guard let build else { return try queries.requireSource() }
        if build == "-", queries.file == "-" {
            throw ValidationError("--build and -f cannot both read standard input")
        }
    }

    func run() throws {
        let lines = try build.map { try LineReader(path: $0) }
        let model = try embedding.openModel()
        var options = try embedding.options(for: model)
        prefixes.apply(to: &options)
        if let lines {
            try IndexBuilder(path: index, precision: precision).build(lines, model, options)
            guard queries.isGiven else { return }
        }
        try search(model, options)
    }

    private func search(_ model: Model, _ given: EmbedderOptions) throws {
        var options = given
        let index = try VectorIndex(path: index)
        if index.model.identity == (try model.identity(with: options.adapters)) {
            // Vectors of the same model are made as those of the index were.
            options.dimensions = options.dimensions ?? index.model.dimensions
            options.pooling = options.pooling ?? EmbedderOptions.Pooling(rawValue: index.model.pooling)
        }
        var embedder = try Embedder(model, options)
        try index.require(embedder.indexModel)
        var searchOptions = IndexSearchOptions()
        searchOptions.threads = options.threads
        var searcher = try IndexSearcher(index, searchOptions)
        let interruption = Interruption(cancelling: embedder.cancellation)
        let batches = try queries.batches()
        var number = 1
        while let batch = try batches.next() {
            let embeddings = try embedder.embed(batch, as: .query, numberedFrom: number)
            let matches = try searcher.search(batch.indices.map { Array(embeddings[$0]) }, count: count)
            try interruption.check()
            for (query, matches) in zip(batch, matches) {
                try report(query, matches, in: index, isFirst: number == 1)
                number += 1
            }
        }
    }

    /// - Parameter isFirst: no empty line is needed before it.
    private func report(_ query: String, _ matches: [IndexMatch], in index: VectorIndex, isFirst: Bool) throws {
        if format == .json {
            let rows = try matches.map { match in
                JSON.object([
                    "line": .int(match.row + 1), "score": .float(match.score),
                    "text": .string(try index.text(ofRow: match.row)),
                ])
            }
            try JSON.object(["query": .string(query), "matches": .array(rows)]).print(isPretty: false)
        } else {
            var table = Table(("score", .right), ("line", .right), ("text", .left))
            for match in matches {
                table.append(
                    Format.decimal(Double(match.score), 4), "\(match.row + 1)",
                    Format.visible(try index.text(ofRow: match.row)))
            }
            let isOnly = queries.texts.count == 1
            let heading = isOnly ? "" : (isFirst ? "" : "\n") + Format.visible(query) + "\n"
            try StandardStream.output.write(heading + table.text(for: .output))
        }
    }
}
