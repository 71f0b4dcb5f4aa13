import ArgumentParser
import Swiftlet

/// Fills in masked words.
struct FillMask: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fill-mask",
        abstract: "Predicts the masked tokens of a text.",
        discussion: """
            Needs an encoder with its masked-token head, which embedding models lack. Write masks as the vocabulary \
            does: [MASK] or <mask>.

            Example:
              swiftlet fill-mask -m bert.gguf "The capital of France is [MASK]."
            """)

    @Argument(help: "Text with one or more masks.")
    var text: String

    @OptionGroup(title: "Model") var head: HeadFlags

    @Option(name: .customShort("k"), parsing: .unconditional, help: ArgumentHelp("Tokens per mask.", valueName: "n"))
    var count = 5

    @Option(parsing: .unconditional, help: ArgumentHelp("Output format.", valueName: "format"))
    var format = ResultFormat.text

    func validate() throws {
        if count < 1 { throw ValidationError("\(count) tokens are not possible: use -k with 1 or more") }
    }

    func run() throws {
        let model = try head.open()
        var filler = try MaskFiller(model, head.options(for: model))
        let interruption = Interruption(cancelling: filler.cancellation)
        let masks = try filler.fill(text, top: count)
        try interruption.check()
        if filler.isTextTruncated { StandardStream.printNote("the text was truncated") }
        if format == .json {
            let rows = masks.map { predictions in
                JSON.array(
                    predictions.map { prediction in
                        .object([
                            "token": .int(Int(prediction.token)), "text": .string(prediction.text),
                            "probability": .float(prediction.probability),
                        ])
                    })
            }
            try JSON.object(["text": .string(text), "masks": .array(rows)]).print(isPretty: false)
        } else {
            let tables = masks.map { predictions in
                var table = Table(("probability", .right), ("token", .left))
                for prediction in predictions {
                    table.append(
                        Format.decimal(Double(prediction.probability), 4), Format.visible(prediction.text))
                }
                return table.text(for: .output)
            }
            try StandardStream.output.write(tables.joined(separator: "\n"))
        }
    }
}
