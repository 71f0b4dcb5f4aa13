import ArgumentParser
import Swiftlet

/// Orders documents by how well they answer a query.
struct Rerank: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ranks texts by relevance to a query.",
        discussion: """
            Needs a cross-encoder model. The score is its logit; the probability is the sigmoid of the score.

            Example:
              swiftlet rerank -m reranker.gguf "what do cats eat?" -f candidates.txt -k 3
            """)

    @Argument(help: "Query.")
    var query: String

    @OptionGroup(title: "Input") var documents: TextsFlags
    @OptionGroup(title: "Model") var head: HeadFlags

    @Option(
        name: .customShort("k"), parsing: .unconditional,
        help: ArgumentHelp("Print the n best. (default: all)", valueName: "n"))
    var count: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Output format.", valueName: "format"))
    var format = ResultFormat.text

    private struct Result {
        let index: Int
        let score: Float
        let text: String
    }

    func validate() throws {
        try documents.requireSource()
        if let count, count < 1 { throw ValidationError("\(count) texts are not possible: use -k with 1 or more") }
    }

    func run() throws {
        let batches = try documents.batches()
        let model = try head.open()
        var reranker = try Reranker(model, head.options(for: model))
        let interruption = Interruption(cancelling: reranker.cancellation)
        var results: [Result] = []
        var truncated = 0
        while let batch = try batches.next() {
            let scores = try reranker.score(query, batch)
            for (text, score) in zip(batch, scores) {
                results.append(Result(index: results.count, score: score, text: text))
            }
            truncated += reranker.truncatedCount
            try interruption.check()
        }
        if truncated > 0 { StandardStream.printNote("\(Format.count(truncated)) texts were truncated") }
        results.sort { $0.score != $1.score ? $0.score > $1.score : $0.index < $1.index }
        try report(results.prefix(count ?? results.count))
    }

    private func report(_ results: ArraySlice<Result>) throws {
        if format == .json {
            let rows = results.map { result in
                JSON.object([
                    "index": .int(result.index), "score": .float(result.score),
                    "probability": .float(Reranker.probability(of: result.score)), "text": .string(result.text),
                ])
            }
            try JSON.object(["query": .string(query), "results": .array(rows)]).print(isPretty: false)
        } else {
            var table = Table(("score", .right), ("probability", .right), ("line", .right), ("text", .left))
            for result in results {
                table.append(
                    Format.decimal(Double(result.score), 4),
                    Format.decimal(Double(Reranker.probability(of: result.score)), 4), "\(result.index + 1)",
                    Format.visible(result.text))
            }
            try StandardStream.output.write(table.text(for: .output))
        }
    }
}
