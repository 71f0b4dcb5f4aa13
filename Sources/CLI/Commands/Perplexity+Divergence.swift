import ArgumentParser
import Swiftlet
import Tokenizers

/// How a model's predictions are compared with the original's.
struct DivergenceFlags: ParsableArguments {
    @Option(
        name: .customLong("kl-base"), parsing: .unconditional,
        help: ArgumentHelp(
            "Write the text's log-probabilities to a file (llama.cpp's format).", valueName: "path"),
        completion: .file())
    var base: String?

    @Flag(name: .customLong("kl-divergence"), help: "Compare with the file of --kl-base.")
    var compares = false

    func validate() throws {
        if base == "" { throw ValidationError("the path of --kl-base is empty") }
        if compares, base == nil {
            throw ValidationError("--kl-divergence compares with a file: name it with --kl-base base.kl")
        }
    }
}

extension PerplexityCommand {
    /// Writes what the model predicts, as the base that others are compared with.
    func writeBase(to path: String) throws {
        let text = try textFlags.source(of: "perplexity").read()
        let model = try modelFlags.open()
        let special = model.tokenizer.special
        let start = special.addBOS ? special.bos : nil
        let tokens =
            (start.map { [$0] } ?? []) + model.tokenizer.encode(text.span, addSpecial: false, parseSpecial: false)
        let window = try self.window(of: model)
        var sessionOptions = sessionFlags.options(contextLength: window, logitsOf: model.vocabularySize)
        sessionOptions.adapters = try adapterFlags.open(for: model)
        var session = try Session(model, sessionOptions)
        let interruption = Interruption(cancelling: session.cancellation)
        if let bytes = session.logProbabilityBytes(of: tokens.count, window: window) {
            StandardStream.printNote("\(path): \(Format.bytes(bytes))")
        }
        let bar = ProgressBar("perplexity")
        defer { bar.clear() }
        let result = try session.writeLogProbabilities(of: tokens, window: window, start: start, to: path) {
            bar.update($0, of: $1)
        }
        try interruption.check()
        bar.clear()
        if printsJSON {
            try JSON.object([
                "cross_entropy": .number(result.crossEntropy), "perplexity": .number(result.perplexity),
                "tokens": .int(result.tokenCount), "window": .int(window),
            ]).print(isPretty: true)
        } else {
            var lines = "cross-entropy  \(Format.decimal(result.crossEntropy, 5)) nats per token\n"
            lines += "perplexity     \(Format.decimal(result.perplexity, 4))\n"
            lines += "predicted      \(Format.count(result.tokenCount)) tokens, "
            lines += "the second halves of windows of \(window)\n"
            try StandardStream.output.write(lines)
        }
    }

    /// Compares what the model predicts with a base.
    func compare(with path: String) throws {
        let model = try modelFlags.open()
        let special = model.tokenizer.special
        let window = try Session.window(ofLogProbabilities: path)
        guard window <= model.contextLength else {
            throw Failure.message(
                "\(path) has windows of \(window) tokens, but \(model.path) was made for \(model.contextLength)")
        }
        var sessionOptions = sessionFlags.options(contextLength: window, logitsOf: model.vocabularySize)
        sessionOptions.adapters = try adapterFlags.open(for: model)
        var session = try Session(model, sessionOptions)
        let interruption = Interruption(cancelling: session.cancellation)
        let bar = ProgressBar("perplexity")
        defer { bar.clear() }
        let result = try session.divergence(from: path, start: special.addBOS ? special.bos : nil) {
            bar.update($0, of: $1)
        }
        try interruption.check()
        bar.clear()
        if printsJSON {
            try Self.json(result, window: window).print(isPretty: true)
        } else {
            try StandardStream.output.write(Self.text(result, window: window))
        }
    }

    func window(of model: Model) throws -> Int {
        let window = window ?? min(512, model.contextLength)
        guard window <= model.contextLength else {
            throw Failure.message(
                "windows of \(window) tokens are not possible: \(model.path) was made for \(model.contextLength)")
        }
        return window
    }

    private static let shares = [0.9, 0.95, 0.99, 0.999]

    private static func json(_ result: PredictionDivergence, window: Int) -> JSON {
        func estimate(_ value: PredictionDivergence.Estimate) -> JSON {
            .object(["value": .number(value.value), "error": .number(value.error)])
        }
        return .object([
            "kl_divergence": estimate(result.mean), "kl_median": .number(result.median),
            "kl_percentiles": .object(
                Dictionary(
                    uniqueKeysWithValues: shares.map {
                        (Format.decimal($0 * 100, 1), JSON.number(result.percentile($0)))
                    })),
            "kl_max": .number(Double(result.max)), "log_probability_change": estimate(result.logProbabilityChange),
            "probability_change": estimate(result.probabilityChange),
            "probability_change_rms": .number(result.probabilityChangeRMS), "same_top": estimate(result.sameTop),
            "perplexity": .number(result.perplexity), "perplexity_base": .number(result.basePerplexity),
            "perplexity_ratio": estimate(result.perplexityRatio), "tokens": .int(result.tokenCount),
            "window": .int(window),
        ])
    }

    private static func text(_ result: PredictionDivergence, window: Int) -> String {
        func line(_ name: String, _ value: Double, _ digits: Int = 6, error: Double? = nil, unit: String = "") -> String
        {
            let label = name + String(repeating: " ", count: max(1, 17 - name.count))
            let error = error.map { " ± \(Format.decimal($0, digits))" } ?? ""
            return label + Format.decimal(value, digits) + error + unit + "\n"
        }
        let mean = result.mean
        var lines = line("KL divergence", mean.value, error: mean.error, unit: " nats per token")
        lines += line("  median", result.median)
        for share in shares {
            lines += line("  \(Format.decimal(share * 100, share < 0.999 ? 0 : 1)) %", result.percentile(share))
        }
        lines += line("  max", Double(result.max))
        let log = result.logProbabilityChange
        lines += line("log p change", log.value, error: log.error)
        let change = result.probabilityChange
        lines += line("p change", 100 * change.value, 3, error: 100 * change.error, unit: " %")
        lines += line("  RMS", 100 * result.probabilityChangeRMS, 3, unit: " %")
        lines += line("same top token", 100 * result.sameTop.value, 3, error: 100 * result.sameTop.error, unit: " %")
        lines += line("perplexity", result.perplexity, 4)
        lines += line("  of the base", result.basePerplexity, 4)
        lines += line("  ratio", result.perplexityRatio.value, error: result.perplexityRatio.error)
        lines +=
            "predicted        \(Format.count(result.tokenCount)) tokens, the second halves of windows of \(window)\n"
        return lines
    }
}
