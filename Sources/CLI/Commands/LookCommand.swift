import ArgumentParser
import Foundation
import GGUF
import Look
import Swiftlet

/// Shows what a model computes on a text.
struct LookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "look",
        abstract: "Shows attention, layers and predictions of a model on a text.",
        discussion: """
            Writes one HTML page that needs no network: attention of every head, rollout and flow, what each layer would predict \
            (logit lens), surprisal, measures of heads, and what each part adds to the next token's logit. Weights are kept \
            as bytes; --json and --npz have the exact floats.

            Examples:
              swiftlet look -m model.gguf "The cat sat on the mat." -o page.html
              swiftlet look -m model.gguf "to be or not to be" --ablate L3H5,L4
            """)

    @OptionGroup(title: "Input") var prompt: PromptFlags
    @OptionGroup(title: "Input") var subject: LookFlags
    @OptionGroup(title: "Model") var modelFlags: ModelFlags
    @OptionGroup(title: "Model") var sessionFlags: SessionFlags

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Output file. (default: look-MODEL.html)", valueName: "path"), completion: .file())
    var output: String?

    @Flag(help: "Output format.")
    var format = LookFormat.html

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Layers whose attention is shown, as 0,3..5.", valueName: "list"))
    var layers: NumberRanges?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Heads whose attention is shown, as 0,3..5.", valueName: "list"))
    var heads: NumberRanges?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Positions that are shown, as 10..60.", valueName: "range"))
    var tokens: NumberRanges?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Megabytes of attention; more is pooled.", valueName: "n"))
    var maxSize = 16

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Leave out heads and layers: L3H5,L4.", valueName: "list"))
    var ablate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Say where another file of the same model differs.", valueName: "path"), completion: .file())
    var compare: String?

    @Flag(name: .customLong("no-lens"), help: "Skip the layers' predictions.")
    var withoutLens = false

    func validate() throws {
        if output == "" { throw ValidationError("the path of the output is empty: use -o page.html, or leave -o out") }
        if !(1...4096).contains(maxSize) { throw ValidationError("--max-size is \(maxSize): use 1 to 4096") }
        if let tokens, tokens.range == nil {
            throw ValidationError("--tokens \(tokens.text) is no range: use one as 10..60")
        }
        if ablate != nil, compare != nil { throw ValidationError("--ablate and --compare exclude each other") }
        _ = try ablations()
        if subject.audio != nil || subject.ids != nil {
            if prompt.isGiven { throw ValidationError("a prompt excludes --ids and --audio: give one of them") }
        } else {
            _ = try prompt.source()
        }
    }

    private func ablations() throws -> [AblatedPart] {
        try (ablate ?? "").split(separator: ",").map { text in
            guard let part = AblatedPart(String(text)) else {
                throw ValidationError("'\(text)' is no head or layer: use L3H5 or L4")
            }
            return part
        }
    }

    func run() throws {
        for path in [subject.audio, compare] { if let path, path != "-" { InputFiles.add(path: path) } }
        let model = try subject.audio == nil ? modelFlags.open() : modelFlags.open(.speech)
        let text = subject.audio == nil && subject.ids == nil ? try prompt.source().read() : []
        var options = TraceOptions()
        options.runtime = sessionFlags.options().runtime
        options.layers = layers?.numbers
        options.heads = heads?.numbers
        let subject = try LookSubject(model, text, self.subject, prompt, options.runtime)
        let trace = try subject.trace(model, options)
        guard trace.stages.contains(where: { !$0.attentions.isEmpty }) || layers == nil else {
            throw Failure.message("no layer of the model is one of --layers \(layers?.text ?? "")")
        }
        if let range = tokens?.range, range.lowerBound >= trace.main.count {
            throw Failure.message(
                "--tokens \(tokens?.text ?? "") begins behind the text's \(trace.main.count) positions, which count from 0"
            )
        }
        var report = LookReport(model, name: Self.lastName(model.path), subject, trace, shown: tokens?.range)
        try report.choosePool(maxBytes: maxSize << 20)
        if !withoutLens { try report.readLens(options.runtime) }
        if format != .png { report.readFlow() }
        let parts = try ablations()
        if !parts.isEmpty {
            try report.addChange(
                LookChange(subject, trace, model, ablating: parts, options),
                name: parts.map(\.description).joined(separator: ", "))
        } else if let compare {
            try report.addChange(LookChange(subject, trace, model, other: Model(path: compare), options), name: compare)
        }
        let path = output ?? "look-\(Self.name(model.path)).\(format.fileExtension)"
        try report.write(format, to: path)
        for line in report.summary { StandardStream.printNote(line) }
        try StandardStream.output.write(path + "\n")
    }

    private static func lastName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// A model's name without folder and ending, for a file's name.
    private static func name(_ path: String) -> String {
        let last = lastName(path)
        let ending = [".gguf", ".bin"].first { last.hasSuffix($0) } ?? ""
        let stem = last.dropLast(ending.count)
        return String(stem.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" })
    }
}

/// What a look is written as.
enum LookFormat: String, EnumerableFlag {
    case html, json, npz, png

    var fileExtension: String { rawValue }

    static func help(for value: LookFormat) -> ArgumentHelp? {
        switch value {
        case .html: "One page with all views."
        case .json: "Exact numbers as JSON."
        case .npz: "Exact numbers as NumPy arrays."
        case .png: "A picture of every head that is shown."
        }
    }
}

/// What is looked at, besides a text.
struct LookFlags: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("Token ids instead of a text.", valueName: "id,..."))
    var ids: TokenList?

    @Option(
        name: [.customShort("n"), .customLong("max-tokens")], parsing: .unconditional,
        help: ArgumentHelp("Generate up to this number of tokens first, greedily.", valueName: "n"))
    var maxTokens: Int?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Text-to-text: the target. (default: generated)", valueName: "text")
    )
    var target: String?

    @Option(
        name: .customLong("decoder-ids"), parsing: .unconditional,
        help: ArgumentHelp("Text-to-text: target ids, from the start token on.", valueName: "id,..."))
    var decoderIDs: TokenList?

    @Option(parsing: .unconditional, help: ArgumentHelp("Text-to-text: language of the text.", valueName: "language"))
    var from: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Text-to-text: language to translate to.", valueName: "language"))
    var to: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Speech: a WAV file; its first window.", valueName: "path"),
        completion: .file())
    var audio: String?

    func validate() throws {
        if let maxTokens, maxTokens < 0 { throw ValidationError("-n is \(maxTokens): use 0 or more") }
        if target != nil, decoderIDs != nil { throw ValidationError("--target and --decoder-ids exclude each other") }
    }
}
