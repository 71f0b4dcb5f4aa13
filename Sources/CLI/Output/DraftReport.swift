import Swiftlet

/// What `bench` found out about drafting.
struct DraftReport {
    let model: String
    /// nil: lookup.
    let draft: String?
    let threads: Int
    let instructionSet: String
    let promptTokens: Int
    let runs: Int
    let result: Result

    struct Result {
        /// Of the text.
        let tokens: Int
        let isSameText: Bool
        /// For the whole text: medians.
        let plainSeconds: Double
        let draftedSeconds: Double
        let statistics: DraftStatistics

        var plainSpeed: Double { Double(tokens) / plainSeconds }
        var draftedSpeed: Double { Double(tokens) / draftedSeconds }
        var speedUp: Double { plainSeconds / draftedSeconds }
    }

    func print(asJSON isJSON: Bool) throws {
        if isJSON { try json.print(isPretty: true) } else { try StandardStream.output.write(text) }
    }

    private var text: String {
        let statistics = result.statistics
        var table = Table(("measured", .left), ("value", .right), ("unit", .left))
        table.append(
            "plain", Format.decimal(result.plainSpeed, 1), "tokens/s (\(result.tokens) tokens, median of \(runs))")
        table.append("drafted", Format.decimal(result.draftedSpeed, 1), "tokens/s")
        table.append("speed-up", Format.decimal(result.speedUp, 2), "times")
        table.append(
            "guessed", Format.count(statistics.drafted), "tokens in \(Format.count(statistics.verifications)) steps")
        table.append("accepted", Format.count(statistics.accepted), "tokens")
        table.append("acceptance", Format.decimal(statistics.acceptanceRate * 100, 1), "%")
        table.append("a step gives", Format.decimal(statistics.tokensPerStep, 2), "tokens (\(statistics.steps) steps)")
        table.append("same text", result.isSameText ? "yes" : "no", "")
        return
            "\(Format.visible(model)), drafts: \(draft.map(Format.visible) ?? "lookup"), prompt: \(promptTokens) tokens; "
            + "threads: \(threads), instruction set: \(instructionSet)\n\n" + table.text(for: .output)
    }

    private var json: JSON {
        let statistics = result.statistics
        return .object([
            "model": .string(model), "draft": draft.map { .string($0) } ?? .null, "threads": .int(threads),
            "instruction_set": .string(instructionSet), "prompt_tokens": .int(promptTokens), "repeat": .int(runs),
            "tokens": .int(result.tokens), "same_text": .bool(result.isSameText),
            "plain_tokens_per_second": .number(result.plainSpeed),
            "drafted_tokens_per_second": .number(result.draftedSpeed), "speed_up": .number(result.speedUp),
            "drafted": .int(statistics.drafted), "accepted": .int(statistics.accepted),
            "acceptance_rate": .number(statistics.acceptanceRate), "steps": .int(statistics.steps),
            "verification_steps": .int(statistics.verifications),
            "tokens_per_step": .number(statistics.tokensPerStep),
        ])
    }
}
