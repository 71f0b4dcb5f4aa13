import ArgumentParser
import Foundation
import Swiftlet

/// Texts and what they are to become.
struct PairFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A text on each line; with --target, for a text-to-text model.", valueName: "path"))
    var source: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What each line of --source is to become.", valueName: "path"))
    var target: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The language of --source, as for translate.", valueName: "language"))
    var from: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The language of --target, as for translate.", valueName: "language"))
    var to: String?

    var isGiven: Bool { source != nil || target != nil || from != nil || to != nil }

    func validate() throws {
        guard isGiven else { return }
        guard let source, let target else {
            throw ValidationError("pairs need both sides: use --source FILE and --target FILE")
        }
        if source == "-", target == "-" { throw ValidationError("standard input can be read once alone") }
    }

    var task: TextTask { from == nil && to == nil ? .plain : .translation(from: from, to: to) }
}

extension PerplexityCommand {
    /// Measures how well a text-to-text model predicts each line of one file, given that of another.
    func reportPairs() throws {
        let sources = TextBatches(try LineReader(path: pairs.source ?? "-"), maxTexts: 1)
        let targets = TextBatches(try LineReader(path: pairs.target ?? "-"), maxTexts: 1)
        var runtime = TextToTextOptions()
        runtime.threads = sessionFlags.threads ?? 0
        runtime.cacheType = sessionFlags.cacheType
        runtime.sources = 1
        let model = try modelFlags.open()
        runtime.adapters = try adapterFlags.open(for: model)
        var scorer = try TextToText(model, pairs.task, runtime)
        let interruption = Interruption(cancelling: scorer.cancellation)
        var sum = 0.0
        var (tokens, bytes) = (0, 0)
        var scores: [JSON] = []
        while let source = try sources.next()?.first {
            guard let target = try targets.next()?.first else { throw unpaired("target", scores.count) }
            do throws(SwiftletError) {
                let given = scorer.targetTokens(of: target)
                let found = try scorer.logProbabilities(of: given, given: scorer.sourceTokens(of: source))
                sum -= found.reduce(0, +)
                tokens += given.count
                bytes += target.utf8.count
                scores.append(.number(found.reduce(0, +)))
            } catch {
                guard error.code != .cancelled else { throw error }
                throw Failure.message("line \(scores.count + 1): \(error.message)")
            }
            try interruption.check()
        }
        if try targets.next() != nil { throw unpaired("source", scores.count) }
        guard tokens > 0 else { throw Failure.message("there are no pairs: give a line in each file") }
        let result = Perplexity(tokenCount: tokens, totalCrossEntropy: sum)
        if printsJSON {
            try JSON.object([
                "cross_entropy": .number(result.crossEntropy), "perplexity": .number(result.perplexity),
                "bits_per_byte": .number(result.bits(perByteOf: max(bytes, 1))), "tokens": .int(tokens),
                "bytes": .int(bytes), "pairs": .int(scores.count), "scores": .array(scores),
            ]).print(isPretty: true)
        } else {
            var lines = "cross-entropy  \(Format.decimal(result.crossEntropy, 5)) nats per token\n"
            lines += "perplexity     \(Format.decimal(result.perplexity, 4))\n"
            lines += "bits per byte  \(Format.decimal(result.bits(perByteOf: max(bytes, 1)), 5))\n"
            lines += "predicted      \(Format.count(tokens)) tokens, \(Format.count(bytes)) bytes; "
            lines += "\(Format.count(scores.count)) pairs\n"
            try StandardStream.output.write(lines)
        }
    }

    private func unpaired(_ side: String, _ count: Int) -> Failure {
        .message("--\(side) has only \(Format.count(count)) lines: give a line in each file for every pair")
    }
}
