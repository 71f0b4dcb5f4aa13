public import ArgumentParser
import Foundation
import GGUF
public import Swiftlet

extension TranscriptFormat: ExpressibleByArgument {}
extension RawAudio.Sample: ExpressibleByArgument {}

/// Turns speech to text.
struct Transcribe: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Transcribes speech with a Whisper model.",
        discussion: """
            Reads WAV files (PCM, float, A-law, mu-law; any rate, up to 64 channels) and prints segments as they are \
            decoded. Several files give one text after the other, a JSON array or, with --output-dir, a file each. The \
            built-in model knows only a small set of spoken commands, numbers and times.

            Examples:
              swiftlet transcribe -m ggml-base.bin talk.wav --format srt
              ffmpeg -v error -i talk.mp3 -f s16le -ar 16000 -ac 1 - |
                swiftlet transcribe -m ggml-base.bin - --raw s16le
            """)

    @Argument(help: "WAV files; - = standard input.", completion: .file())
    var files: [String]

    @Option(
        name: [.customShort("m"), .customLong("model")], parsing: .unconditional,
        help: ArgumentHelp(
            "Whisper model: file or owner/repo:FILE. (default: built-in)", valueName: "path"), completion: .file())
    var model: String?

    @OptionGroup(title: "Decoding") var decoding: SpeechFlags

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Output format.", valueName: "format"))
    var format: TranscriptFormat = .txt

    @Option(
        name: [.short, .customLong("output-dir")], parsing: .unconditional,
        help: ArgumentHelp(
            "Write a file per input. (default: standard output)", valueName: "dir"), completion: .directory)
    var outputFolder: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Input is raw samples of this type.", valueName: "sample"))
    var raw: RawAudio.Sample?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Sample rate of --raw input in Hz. (default: 16000)", valueName: "n"))
    var rate: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Channels of --raw input. (default: 1)", valueName: "n"))
    var channels: Int?

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("there is no file: use swiftlet transcribe talk.wav") }
        if files.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input can be read once alone") }
        if raw == nil, rate != nil || channels != nil {
            throw ValidationError("--rate and --channels are for files without a header: use them with --raw s16le")
        }
        if model == "" { throw ValidationError("the path of the model is empty: use -m model.bin, or leave -m out") }
        if outputFolder == "" {
            throw ValidationError("the path of the folder is empty: use --output-dir DIR, or leave it out")
        }
        if outputFolder != nil, let (one, other) = TranscriptFolder.collision(files) {
            throw ValidationError("\(one) and \(other) would have the same transcript: use a folder for each")
        }
        if outputFolder == nil, files.count > 1, format != .txt, format != .json {
            throw ValidationError("\(format.rawValue) is for one file: use --output-dir DIR for a file of each")
        }
    }

    func run() throws {
        for file in files where file != "-" { InputFiles.add(path: file) }
        if files.contains("-") { InputFiles.add(descriptor: STDIN_FILENO, path: "standard input") }
        let model = try SpeechModel.open(model)
        var transcriber = try Transcriber(model, decoding.options(for: model.model))
        let interruption = Interruption(cancelling: transcriber.cancellation)
        if let outputFolder {
            try write(to: TranscriptFolder(outputFolder, format), &transcriber, interruption)
        } else {
            try print(&transcriber, interruption)
        }
    }

    /// A sound that fails keeps no other from its transcript, and JSON from its end.
    private func print(_ transcriber: inout Transcriber, _ interruption: Interruption) throws {
        let isList = files.count > 1 && format == .json
        defer { if isList { try? StandardStream.output.write("]\n") } }
        var failed = 0
        for (index, file) in files.enumerated() {
            let head = isList ? (index == 0 ? "[" : ",") + format.head(file: file) : nil
            let printer = TranscriptPrinter(format, label: files.count > 1 ? file : "transcribe", head: head)
            do {
                try transcribe(file, printer, &transcriber, interruption)
            } catch {
                let failure = Failure(error)
                printer.end(error: failure?.text ?? "\(error)", inArray: isList)
                // Of a file alone: all that the others share would fail again.
                guard files.count > 1, let error = error as? SwiftletError, error.code == .file else { throw error }
                StandardStream.printError(error.message)
                failed += 1
            }
        }
        if failed > 0 { throw noTranscript(failed) }
    }

    private func noTranscript(_ failed: Int) -> Failure {
        .message("\(failed) of \(files.count) files have no transcript")
    }

    /// A sound that fails keeps no other from its transcript.
    private func write(
        to folder: TranscriptFolder, _ transcriber: inout Transcriber, _ interruption: Interruption
    ) throws {
        var failed = 0
        for file in files {
            do {
                let printer = try TranscriptPrinter(format, label: file, to: folder.file(for: file))
                try transcribe(file, printer, &transcriber, interruption)
            } catch {
                guard files.count > 1, case .message(let text) = Failure(error) else { throw error }
                StandardStream.printError(text)
                failed += 1
            }
        }
        if failed > 0 { throw noTranscript(failed) }
    }

    private func transcribe(
        _ file: String, _ printer: TranscriptPrinter, _ transcriber: inout Transcriber, _ interruption: Interruption
    ) throws {
        let sound = raw.map { RawAudio($0, sampleRate: rate ?? 16_000, channels: channels ?? 1) }
        defer { printer.clear() }
        let result = try transcriber.transcribe(
            path: file, raw: sound, onProgress: printer.show, onSegment: printer.print)
        try interruption.check()
        try printer.end(result)
    }
}
