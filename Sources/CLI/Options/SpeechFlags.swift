import ArgumentParser
import Swiftlet

/// How speech is turned to text.
struct SpeechFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Language code or name; auto = detect.", valueName: "language"))
    var language = "auto"

    @Flag(help: "Translate to English.")
    var translate = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Text given as context: names, spelling, style.", valueName: "text"))
    var prompt = ""

    @Flag(name: .customLong("condition-on-previous"), help: "Prompt each window with the previous text.")
    var conditionsOnPrevious = false

    @Flag(name: .customLong("word-timestamps"), help: "Add word timestamps (JSON only).")
    var findsWords = false

    @Flag(name: .customLong("no-timestamps"), help: "No timestamps; one segment per 30 s window.")
    var findsNoTimes = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Beam width, 1 to 64; 1 = greedy.", valueName: "n"))
    var beam = 1

    @Option(
        name: .customLong("length-penalty"), parsing: .unconditional,
        help: ArgumentHelp("Length penalty exponent. (default: mean logprob)", valueName: "x"))
    var lengthPenalty: Double?

    @Flag(name: .customLong("no-fallback"), help: "No retries at higher temperatures.")
    var hasNoFallback = false

    @Flag(name: .customLong("vad"), help: "Skip silence (voice activity detection).")
    var skipsSilence = false

    @Option(
        name: .customLong("audio-context"), parsing: .unconditional,
        help: ArgumentHelp(
            "Encoder positions per window. (default: 1500)", valueName: "n"))
    var audioContext: Int?

    @Flag(
        name: .customLong("short-windows"),
        help: "Encode short windows short: faster, less accurate.")
    var shortensWindows = false

    @OptionGroup var adapters: AdapterFlags

    @OptionGroup var session: SessionFlags

    func validate() throws {
        if language.isEmpty { throw ValidationError("the language is empty: use --language en, or auto") }
        if !(1...64).contains(beam) {
            throw ValidationError("\(beam) hypotheses are not possible: use --beam with a number from 1 to 64")
        }
        if let audioContext, audioContext < 1 {
            throw ValidationError("\(audioContext) positions are not possible: use --audio-context with 1 to 1500")
        }
        if audioContext != nil, shortensWindows {
            throw ValidationError("--audio-context and --short-windows both set a window's length: use one of them")
        }
        if let lengthPenalty, !(0...10).contains(lengthPenalty) {
            throw ValidationError("\(lengthPenalty) is not possible: use --length-penalty with 0 to 10")
        }
    }

    func options(for model: Model) throws -> TranscriptionOptions {
        var options = TranscriptionOptions()
        options.adapters = try adapters.open(for: model)
        options.language = language
        options.translates = translate
        options.prompt = prompt
        options.conditionsOnPrevious = conditionsOnPrevious
        options.findsWords = findsWords
        options.findsTimes = !findsNoTimes
        options.beams = beam
        options.lengthPenalty = lengthPenalty
        if hasNoFallback { options.temperatures = [0] }
        options.skipsSilence = skipsSilence
        options.audioContext = audioContext
        options.shortensWindows = shortensWindows
        options.threads = session.threads ?? 0
        options.cacheType = session.cacheType
        return options
    }
}
