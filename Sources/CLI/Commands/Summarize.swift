public import ArgumentParser
import Swiftlet

extension LongText: ExpressibleByArgument {}

/// Summarizes a text.
struct Summarize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Summarizes a text.",
        discussion: """
            Takes a model that was trained to summarize, such as BART, Pegasus or T5. A text that is longer than the \
            model takes, or than --piece-tokens, is cut behind ends of sentences (. ! ? … before white space; 。！？), \
            where a sentence is too long at white space: each piece is summarized, and the summaries follow one another; \
            with --long cut the first piece alone is. The search is greedy, or by beams as the model's file recommends; \
            only a given --temperature above 0 samples.

            Example:
              swiftlet summarize -m bart-large-cnn.gguf article.txt
            """)

    @OptionGroup(title: "Input") var text: TextFileFlags

    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditional,
        help: ArgumentHelp("Text-to-text model: GGUF file or owner/repo:QUANT.", valueName: "path"),
        completion: .file(extensions: ["gguf"]))
    var model: String

    @OptionGroup var target: TargetFlags

    @Option(parsing: .unconditional, help: ArgumentHelp("Split or cut a long text.", valueName: "split|cut"))
    var long = LongText.split

    @Flag(
        name: .customLong("json"),
        help: "Print {\"text\": ..., \"score\": ..., \"pieces\": ...}, with --n-best a list of them.")
    var printsJSON = false

    func validate() throws {
        if model.isEmpty { throw ValidationError("the path of the model is empty: use -m model.gguf") }
        _ = try text.source(of: "summarize")
    }

    func run() throws {
        let bytes = try text.source(of: "summarize").read()
        let model = try Model(path: ModelFile.path(model))
        let options = try target.options(for: model)
        var summarizer = try target.open(model, .summary, beams: options.beams)
        let interruption = Interruption(cancelling: summarizer.cancellation)
        let results = try summarizer.convert(
            [String(decoding: bytes, as: UTF8.self)], options, limit: target.pieceTokens, long: long)
        try interruption.check()
        guard let result = results.first else { return }
        guard printsJSON else {
            for summary in result.targets { try StandardStream.output.write(summary.text + "\n") }
            return
        }
        let list = result.targets.map { summary in
            JSON.object([
                "text": .string(summary.text), "score": .number(summary.score), "pieces": .int(result.pieces.count),
            ])
        }
        try (target.beamFlags.nBest == nil ? list.first ?? .null : .array(list)).print(isPretty: false)
    }
}
