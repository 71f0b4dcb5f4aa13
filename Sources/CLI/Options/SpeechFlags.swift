import ArgumentParser
import Swiftlet

/// How speech is turned to text.
struct SpeechFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The language that is spoken, as en or English; auto: found in the sound.", valueName: "language"))
    var language = "auto"

    @Flag(help: "Give the text in English.")
    var translate = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What the sound could have behind it: names, spelling, style.", valueName: "text"))
    var prompt = ""

    @Flag(name: .customLong("condition-on-previous"), help: "Show the model what it said before.")
    var conditionsOnPrevious = false

    @Flag(name: .customLong("word-timestamps"), help: "Find when each word is said (JSON).")
    var findsWords = false

    @Flag(name: .customLong("no-timestamps"), help: "Do not ask the model for times: a segment for each window.")
    var findsNoTimes = false

    @Option(parsing: .unconditional, help: ArgumentHelp("Beam search with n hypotheses, 1 to 64.", valueName: "n"))
    var beam = 1

    @Option(
        name: .customLong("length-penalty"), parsing: .unconditional,
        help: ArgumentHelp("Exponent of the beams' length penalty. (default: mean log-probability)", valueName: "x"))
    var lengthPenalty: Double?

    @Flag(name: .customLong("no-fallback"), help: "Take the first result, however poor, instead of drawing others.")
    var hasNoFallback = false

    @Flag(name: .customLong("vad"), help: "Skip silence.")
    var skipsSilence = false

    @Option(
        name: .customLong("audio-context"), parsing: .unconditional,
        help: ArgumentHelp(
            "Positions of a window, 20 ms each. (default: all that the model has, 1500)", valueName: "n"))
    var audioContext: Int?

    @Flag(
        name: .customLong("short-windows"),
        help: "Encode windows of little sound short: faster, but some words come out otherwise.")
    var shortensWindows = false

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

    func options() -> TranscriptionOptions {
        var options = TranscriptionOptions()
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
