public import ArgumentParser
public import Swiftlet

extension Tagger.Aggregation: ExpressibleByArgument {}

/// Finds names and other spans in texts.
struct Tag: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds names and other labelled spans in texts.",
        discussion: """
            Needs a model with a classifier of tokens. Tokens are joined by their B- and I- labels, as transformers does \
            it; O is left out. Places are counted in characters (Unicode code points).

            Example:
              swiftlet tag -m ner.gguf "Ada Lovelace lived in London"
            """)

    @OptionGroup(title: "Input") var texts: TextsFlags
    @OptionGroup(title: "Model") var head: HeadFlags

    @Option(parsing: .unconditional, help: ArgumentHelp("Join tokens:", valueName: "how"))
    var aggregation = Tagger.Aggregation.simple

    @Flag(help: "Print a JSON object per text.")
    var json = false

    func validate() throws { try texts.requireSource() }

    func run() throws {
        let batches = try texts.batches()
        let model = try head.open()
        var tagger = try Tagger(model, aggregation: aggregation, head.options(for: model))
        let interruption = Interruption(cancelling: tagger.cancellation)
        var table = Table(
            ("line", .right), ("start", .right), ("end", .right), ("label", .left), ("score", .right), ("text", .left))
        var index = 0
        var truncated = 0
        while let batch = try batches.next() {
            let found = try tagger.tag(batch)
            truncated += tagger.truncatedCount
            try interruption.check()
            for (text, spans) in zip(batch, found) {
                if json { try print(index, text, spans) }
                index += 1
                for span in spans where !json {
                    table.append(
                        "\(index)", "\(span.range.lowerBound)", "\(span.range.upperBound)", Format.visible(span.label),
                        Format.decimal(Double(span.score), 4), Format.visible(span.text))
                }
            }
        }
        if truncated > 0 { StandardStream.printNote("\(Format.count(truncated)) texts were truncated") }
        if !json { try StandardStream.output.write(table.text(for: .output)) }
    }

    private func print(_ index: Int, _ text: String, _ spans: [Tagger.TaggedSpan]) throws {
        let rows = spans.map { span in
            var members: [String: JSON] = [
                "label": .string(span.label), "score": .float(span.score), "text": .string(span.text),
                "start": .int(span.range.lowerBound), "end": .int(span.range.upperBound),
            ]
            if let token = span.tokenIndex { members["token"] = .int(token) }
            return JSON.object(members)
        }
        try JSON.object(["index": .int(index), "text": .string(text), "spans": .array(rows)]).print(isPretty: false)
    }
}
