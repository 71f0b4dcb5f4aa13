public import ArgumentParser
public import Swiftlet

extension TranscriptFormat: ExpressibleByArgument {}
extension RawAudio.Sample: ExpressibleByArgument {}

/// Turns speech to text.
struct Transcribe: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turns speech to text.",
        discussion: """
            Takes WAV files of any rate, up to 64 channels; others by ffmpeg: ffmpeg -v error -i FILE -f s16le -ar 16000 \
            -ac 1 - | swiftlet transcribe -m MODEL - --raw s16le. Segments are printed as they are found. With several \
            files, the texts follow each other; JSON has an object for each.
            """)

    @Argument(help: "WAV files; -: standard input.")
    var files: [String]

    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditional,
        help: ArgumentHelp("A Whisper model: whisper.cpp's ggml-*.bin, or GGUF.", valueName: "path"))
    var model: String

    @OptionGroup var decoding: SpeechFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The output: txt, json, srt, vtt or tsv.", valueName: "format"))
    var format: TranscriptFormat = .txt

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The files are samples without a header: u8, s16le, s24le, s32le, f32le or f64le.", valueName: "sample"))
    var raw: RawAudio.Sample?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Frames a second, with --raw. (default: 16000)", valueName: "n"))
    var rate: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Channels, with --raw. (default: 1)", valueName: "n"))
    var channels: Int?

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("there is no file: use swiftlet transcribe talk.wav") }
        if files.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input can be read once alone") }
        if raw == nil, rate != nil || channels != nil {
            throw ValidationError("--rate and --channels are for files without a header: use them with --raw s16le")
        }
        if files.count > 1, format != .txt, format != .json {
            throw ValidationError("\(format.rawValue) is for one file: use --format txt or json, or one file at a time")
        }
    }

    func run() throws {
        var transcriber = try Transcriber(SpeechModel(path: model), decoding.options())
        let interruption = Interruption(cancelling: transcriber.cancellation)
        let sound = raw.map { RawAudio($0, sampleRate: rate ?? 16_000, channels: channels ?? 1) }
        for file in files {
            let printer = TranscriptPrinter(format, label: files.count > 1 ? file : "transcribe")
            try printer.begin()
            let result = try transcriber.transcribe(
                path: file, raw: sound, onProgress: printer.show, onSegment: printer.print)
            try interruption.check()
            try printer.end(result)
        }
    }
}
