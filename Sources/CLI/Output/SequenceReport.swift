/// What `bench` found out about several sequences at once.
struct SequenceReport {
    let model: String
    let threads: Int
    let instructionSet: String
    let cacheType: String
    let promptTokens: Int
    /// Of one token of each sequence.
    let steps: Int
    let runs: Int
    let speeds: Speeds

    /// Medians, in tokens a second of all sequences together.
    struct Speeds {
        let prompt: Double
        let decode: [(sequences: Int, speed: Double)]
    }

    func print(asJSON isJSON: Bool) throws {
        if isJSON { try json.print(isPretty: true) } else { try StandardStream.output.write(text) }
    }

    private var text: String {
        var table = Table(
            ("sequences", .right), ("tokens/s", .right), ("of the first", .right), ("of the prompt", .right))
        for (count, speed) in speeds.decode {
            let first = speeds.decode.first?.speed ?? speed
            table.append(
                "\(count)", Format.decimal(speed, 1), Format.decimal(speed / first, 2),
                Format.decimal(speed / speeds.prompt * 100, 1) + " %")
        }
        table.append("prompt", Format.decimal(speeds.prompt, 1), "", "")
        return
            "\(Format.visible(model)); threads: \(threads), instruction set: \(instructionSet), cache: \(cacheType); "
            + "\(steps) steps, a prompt of \(promptTokens) tokens, medians of \(runs)\n\n" + table.text(for: .output)
    }

    private var json: JSON {
        .object([
            "model": .string(model), "threads": .int(threads), "instruction_set": .string(instructionSet),
            "kv_type": .string(cacheType), "prompt_tokens": .int(promptTokens), "decode_steps": .int(steps),
            "repeat": .int(runs), "prompt_tokens_per_second": .number(speeds.prompt),
            "decode_tokens_per_second": .object(
                Dictionary(speeds.decode.map { ("\($0.sequences)", .number($0.speed)) }) { first, _ in first }),
        ])
    }
}
