import ArgumentParser
import Foundation
import Swiftlet

/// Tells which class texts are of.
struct Classify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classifies texts or pairs of texts.",
        discussion: """
            Prints the classes of the model's head, the most probable first; of a regression the number itself. With \
            --labels the classes are your own, which needs a model for inference (NLI).

            Examples:
              swiftlet classify -m sentiment.gguf "what a nice day"
              swiftlet classify -m nli.gguf --pair "it rains" "it is dry"
              swiftlet classify -m nli.gguf --labels weather,sport,money -f lines.txt --json
            """)

    @OptionGroup(title: "Input") var texts: TextsFlags
    @OptionGroup(title: "Model") var head: HeadFlags

    @Flag(help: "Classify pairs: two arguments, or lines with a tab.")
    var pair = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Token ids instead of a text. Repeatable.", valueName: "id,..."))
    var ids: [TokenList] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Labels of your own.", valueName: "label,..."))
    var labels: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Sentence that a label stands in, at {}.", valueName: "text"))
    var template = ZeroShotClassifier.defaultTemplate

    @Flag(help: "Several of --labels may hold at once.")
    var multiLabel = false

    @Option(
        name: .customShort("k"), parsing: .unconditional,
        help: ArgumentHelp("Print the n best classes. (default: all)", valueName: "n"))
    var count: Int?

    @Flag(help: "Print a JSON object per text: labels, scores, logits.")
    var json = false

    /// The labels that were given, without spaces around them.
    private var ownLabels: [String]? {
        labels?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    func validate() throws {
        if let count, count < 1 { throw ValidationError("\(count) classes are not possible: use -k with 1 or more") }
        if ids.isEmpty {
            try texts.requireSource()
        } else if texts.isGiven {
            throw ValidationError("texts and --ids exclude each other")
        }
        if labels != nil {
            if ownLabels?.isEmpty != false { throw ValidationError("there are no labels: use --labels a,b,c") }
            if pair || !ids.isEmpty { throw ValidationError("--labels goes with texts, not with --pair or --ids") }
            if template.indices.first(where: { template[$0...].hasPrefix("{}") }) == nil {
                throw ValidationError("the template has no {} for the label")
            }
        } else if multiLabel {
            throw ValidationError("--multi-label needs --labels")
        }
        if pair {
            if !ids.isEmpty { throw ValidationError("--pair and --ids exclude each other") }
            if texts.texts.count % 2 != 0 {
                throw ValidationError("--pair takes two texts at a time: there are \(texts.texts.count)")
            }
        }
    }

    func run() throws {
        let report = ClassReport(count: count, isJSON: json)
        if let ownLabels {
            try run(labels: ownLabels, report)
        } else {
            try runClasses(report)
        }
        try report.finish()
    }

    private func runClasses(_ report: ClassReport) throws {
        let model = try head.open()
        var classifier = try Classifier(model, head.options(for: model))
        let interruption = Interruption(cancelling: classifier.cancellation)
        guard ids.isEmpty else {
            let tokens = ids.map(\.tokens)
            for predictions in try classifier.classify(tokens: tokens) { try report.append(nil, classes: predictions) }
            report.truncated += classifier.truncatedCount
            return try interruption.check()
        }
        let batches = try texts.batches()
        while let batch = try batches.next() {
            if pair {
                let pairs = try pairs(batch, from: report.texts)
                let found = try classifier.classify(pairs: pairs)
                for (pair, predictions) in zip(pairs, found) {
                    try report.append("\(pair.0)\t\(pair.1)", classes: predictions)
                }
            } else {
                for (text, predictions) in zip(batch, try classifier.classify(batch)) {
                    try report.append(text, classes: predictions)
                }
            }
            report.truncated += classifier.truncatedCount
            try interruption.check()
        }
    }

    private func run(labels: [String], _ report: ClassReport) throws {
        let model = try head.open()
        var classifier = try ZeroShotClassifier(model, head.options(for: model))
        let interruption = Interruption(cancelling: classifier.cancellation)
        let batches = try texts.batches()
        while let batch = try batches.next() {
            let found = try classifier.classify(batch, labels: labels, template: template, isMultiLabel: multiLabel)
            for (text, predictions) in zip(batch, found) { try report.append(text, labels: predictions) }
            report.truncated += classifier.truncatedCount
            try interruption.check()
        }
    }

    /// Arguments two by two, or lines divided at their tab.
    private func pairs(_ batch: [String], from first: Int) throws -> [(String, String)] {
        guard texts.texts.isEmpty else {
            return stride(from: 0, to: batch.count - 1, by: 2).map { (batch[$0], batch[$0 + 1]) }
        }
        return try batch.enumerated().map { index, line in
            let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw Failure.message("line \(first + index + 1) has no tab between its two texts")
            }
            return (String(parts[0]), String(parts[1]))
        }
    }
}
