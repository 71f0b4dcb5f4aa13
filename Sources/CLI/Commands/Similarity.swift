import ArgumentParser
import Swiftlet

/// Prints how alike texts are.
struct Similarity: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the cosine similarity of texts.",
        discussion: """
            Example:
              swiftlet similarity "A cat sat on the mat." "A feline rested on a rug."
            """)

    @OptionGroup(title: "Input") var texts: TextsFlags
    @OptionGroup(title: "Model") var embedding: EmbeddingFlags

    @Flag(name: .customLong("matrix"), help: "Print the matrix of all pairs.")
    var printsMatrix = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Prefix of each text.", valueName: "text"))
    var prefix: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Output format.", valueName: "format"))
    var format = ResultFormat.text

    func validate() throws {
        try texts.requireSource()
        try embedding.validateOneVectorEach()
        if !printsMatrix, !texts.texts.isEmpty, texts.texts.count != 2 {
            throw ValidationError("two texts are compared, \(texts.texts.count) were given: use --matrix for others")
        }
    }

    func run() throws {
        let texts = try texts.all()
        guard printsMatrix ? !texts.isEmpty : texts.count == 2 else {
            throw Failure.message("two texts are compared, \(texts.count) were given: use --matrix for others")
        }
        let model = try embedding.openModel()
        var options = try embedding.options(for: model)
        options.passagePrefix = prefix
        var embedder = try Embedder(model, options)
        let interruption = Interruption(cancelling: embedder.cancellation)
        let embeddings = try embedder.embed(texts, as: prefix == nil ? .plain : .passage, numberedFrom: 1)
        try interruption.check()
        let note = embeddings.texts.count(where: \.isTruncated)
        if note > 0 { StandardStream.printNote("\(note) texts were truncated") }
        if printsMatrix {
            try printMatrix(texts, embeddings)
        } else if format == .json {
            try JSON.object(["similarity": .float(embeddings.similarity(0, 1))]).print(isPretty: false)
        } else {
            try StandardStream.output.write(Self.decimal(embeddings.similarity(0, 1)) + "\n")
        }
    }

    private func printMatrix(_ texts: [String], _ embeddings: Embeddings) throws {
        let places = texts.indices
        if format == .json {
            let rows = places.map { row in JSON.array(places.map { .float(embeddings.similarity(row, $0)) }) }
            try JSON.object(["texts": .array(texts.map(JSON.string)), "similarities": .array(rows)])
                .print(isPretty: false)
        } else {
            var table = Table(
                [("", .right), ("text", .left)] + places.map { ("\($0 + 1)", Table.Alignment.right) })
            for row in places {
                let numbers = places.map { Self.decimal(embeddings.similarity(row, $0)) }
                table.append(["\(row + 1)", Format.shortened(texts[row], to: 32)] + numbers)
            }
            try StandardStream.output.write(table.text(for: .output))
        }
    }

    private static func decimal(_ number: Float) -> String { Format.decimal(Double(number), 4) }
}
