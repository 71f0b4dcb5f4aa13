import ArgumentParser
import Foundation
import Swiftlet

/// Measures a model's speed.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures prefill and decode speed.",
        discussion: """
            Prints medians over --repeat runs on random tokens, after one warm-up. Decode reads all weights per token, \
            so it is set against the machine's read bandwidth, and prefill of quantized weights against its int8 dot \
            product rate; both limits are measured too.

            Examples:
              swiftlet bench -m model.gguf --profile
              swiftlet bench -m minilm.gguf --texts lines.txt
            """)

    @OptionGroup(title: "Model") var modelFlags: ModelFlags
    @OptionGroup(title: "Model") var adapterFlags: AdapterFlags
    @OptionGroup(title: "Model") var sessionFlags: SessionFlags
    @OptionGroup(title: "Speculative decoding") var draftFlags: DraftFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Drafting: compare on this text; -n defaults to 128.", valueName: "path"), completion: .file())
    var promptFile: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Encoders: embed lines, batched and one by one.", valueName: "path"), completion: .file())
    var texts: String?

    @Flag(name: .customLong("no-special"), help: "With --texts: treat special tokens as plain text.")
    var withoutSpecial = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Whisper: time a window, a token and this WAV file.", valueName: "path"), completion: .file())
    var speech: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Decode -n steps (default: 48) at these batch sizes.", valueName: "1,2,4,..."))
    var sequences: SequenceCounts?

    @Option(
        name: [.customShort("p"), .customLong("prompt-tokens")], parsing: .unconditional,
        help: ArgumentHelp("Prompt tokens. (default: 512, or the context)", valueName: "n"))
    var promptTokens: Int?

    @Option(
        name: [.customShort("n"), .customLong("decode-tokens")], parsing: .unconditional,
        help: ArgumentHelp(
            "Tokens to decode. (default: 64, or what fits)", valueName: "n"))
    var decodeTokens: Int?

    @Option(
        name: [.customShort("r"), .customLong("repeat")], parsing: .unconditional,
        help: ArgumentHelp("Timed runs; the median is printed.", valueName: "n"))
    var runs = 5

    @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the random tokens.", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(
        name: .customLong("profile"),
        help: "Profile by operation (measured separately).")
    var showsProfile = false

    @Flag(name: .customLong("json"), help: "Print JSON.")
    var printsJSON = false

    func validate() throws {
        if let promptTokens, promptTokens < 1 {
            throw ValidationError("a prompt of \(promptTokens) tokens is not possible: use -p with 1 or more")
        }
        if let decodeTokens, decodeTokens < 1 {
            throw ValidationError("\(decodeTokens) tokens cannot be measured: use -n with 1 or more")
        }
        if !(1...1000).contains(runs) {
            throw ValidationError("\(runs) runs are not possible: use -r with a number from 1 to 1000")
        }
        if showsProfile, draftFlags.isGiven {
            throw ValidationError("--profile excludes --draft and --lookup")
        }
        try validateDrafting()
        try validateTexts()
        try validateSpeech()
        try validateSequences()
    }

    func run() throws {
        if let speech { return try runSpeech(speech) }
        if let texts { return try runTexts(texts) }
        if draftFlags.isGiven { return try runDrafting() }
        if let sequences { return try runSequences(sequences.counts) }
        let start = ContinuousClock.now
        let model = try modelFlags.open()
        let openTime = ContinuousClock.now - start
        let context = model.contextLength
        let prompt = promptTokens ?? min(512, context)
        let decode = decodeTokens ?? max(1, min(64, context - 1))
        guard prompt <= context, decode < context else {
            throw Failure.message(
                "a prompt of \(prompt) tokens and 1 + \(decode) generated ones do not both fit: "
                    + "\(model.path) was made for \(context)")
        }
        var options = sessionFlags.options(contextLength: max(prompt, decode + 1))
        options.adapters = try adapterFlags.open(for: model)
        let session = try Session(model, options)
        var benchmark = Benchmark(
            session: session, promptTokens: prompt, decodeTokens: decode, runs: runs, seed: seed)
        let bar = ProgressBar("bench")
        defer { bar.clear() }
        let speeds = try benchmark.measure { bar.update($0, of: $1) }
        let profiles = showsProfile ? try benchmark.profile() : nil
        let peak = Self.peakResidentBytes
        let bandwidth = try ReadBandwidth.measure(threads: sessionFlags.threads ?? 0)
        let products =
            model.multipliesOnlyQuantized
            ? try ProductPeak.measure(
                instructionSet: benchmark.session.instructionSet, threads: sessionFlags.threads ?? 0) : nil
        bar.clear()
        let report = BenchReport(
            model: model.path, architecture: model.architecture, fileBytes: modelFlags.fileBytes,
            tensorBytes: model.tensorBytes, decodeBytes: model.decodeBytes, threads: benchmark.session.threadCount,
            instructionSet: benchmark.session.instructionSet, cacheType: benchmark.session.cacheType.rawValue,
            promptTokens: prompt, decodeTokens: decode, runs: runs, openMilliseconds: openTime / .milliseconds(1),
            promptSpeed: speeds.prompt, decodeSpeed: speeds.decode, readBandwidth: bandwidth.bytesPerSecond,
            promptMultiplyAdds: model.promptMultiplyAdds(tokens: prompt), productPeak: products?.multiplyAddsPerSecond,
            peakResidentBytes: peak)
        let profile = profiles.map { ProfileReport(prompt: $0.prompt, decode: $0.decode) }
        if printsJSON {
            try report.json(profile: profile?.json).print(isPretty: true)
        } else {
            try StandardStream.output.write(report.text + (profile.map { "\n" + $0.text } ?? ""))
        }
    }

    /// The most memory that this process has had so far, the parts of the model's file that it touched included.
    private static var peakResidentBytes: Int {
        // RUSAGE_SELF, which Glibc gives another type than it takes.
        let ownProcess: CInt = 0
        var usage = rusage()
        guard unsafe getrusage(ownProcess, &usage) == 0 else { return 0 }
        #if os(Linux)
            let unit = 1024
        #else
            let unit = 1
        #endif
        return Int(usage.ru_maxrss) * unit
    }
}
