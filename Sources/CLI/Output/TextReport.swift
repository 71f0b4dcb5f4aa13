/// What `bench` found out about embedding.
struct TextReport {
    let model: String
    let threads: Int
    let instructionSet: String
    let runs: Int
    let result: Result

    struct Result {
        let texts: Int
        /// Of all texts, the special ones counted in.
        let tokens: Int
        /// For all texts: the median of the runs.
        let seconds: Double
        /// For a text by itself: the median.
        let secondsAlone: Double
    }

    var text: String {
        var table = Table(("measured", .left), ("value", .right), ("unit", .left))
        table.append(
            "texts", Format.decimal(Double(result.texts) / result.seconds, 1),
            "texts/s (\(Format.count(result.texts)), median of \(runs))")
        table.append(
            "tokens", Format.decimal(Double(result.tokens) / result.seconds, 1),
            "tokens/s (\(Format.count(result.tokens)))")
        table.append("a text alone", Format.decimal(result.secondsAlone * 1000, 2), "ms")
        return "\(Format.visible(model)), threads: \(threads), instruction set: \(instructionSet)\n\n"
            + table.text(for: .output)
    }

    func json(profile: JSON?) -> JSON {
        .object([
            "model": .string(model), "threads": .int(threads), "instruction_set": .string(instructionSet),
            "repeat": .int(runs), "texts": .int(result.texts), "tokens": .int(result.tokens),
            "sentences_per_second": .number(Double(result.texts) / result.seconds),
            "tokens_per_second": .number(Double(result.tokens) / result.seconds),
            "latency_ms": .number(result.secondsAlone * 1000), "profile": profile ?? .null,
        ])
    }
}
