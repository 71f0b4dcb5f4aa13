// Tasks MODEL_OF_ENCODER LINES | MODEL_OF_DECODER QUESTION | MODEL_OF_SPEECH WAV: all three tasks from a package that
// depends on Swiftlet. Prints what the C clients and the command line print; vectors as float32 after float32.
//
// Tasks MODEL_OF_ENCODER LINES ROUNDS: the least time of embedding all lines by one thread, in seconds.
import Glibc
import Swiftlet

let arguments = CommandLine.arguments

@main
enum Tasks {
    static func main() throws {
        guard arguments.count >= 3 else { exit(2) }
        if arguments[2].hasSuffix(".wav") {
            var options = TranscriptionOptions()
            options.language = "en"
            var transcriber = try Transcriber(SpeechModel(path: arguments[1]), options)
            try transcriber.transcribe(path: arguments[2]) { segment in
                print(segment.text.drop { $0 == " " })
                return true
            }
        } else if arguments[2].hasSuffix("?") {
            var options = ChatOptions()
            options.generation.sampling = .greedy
            var chat = try ChatSession(Model(path: arguments[1]), options)
            _ = try chat.respond(to: arguments[2]) { _ in true }
            print(chat.messages.last?.content ?? "")
        } else if arguments.count == 3 {
            var embedder = try Embedder(Model(path: arguments[1]))
            let vectors = try embedder.embed(lines(of: arguments[2])).values
            guard let output = fdopen(STDOUT_FILENO, "w") else { exit(1) }
            vectors.withUnsafeBytes { _ = fwrite($0.baseAddress, 1, $0.count, output) }
            fclose(output)
        } else {
            var options = EmbedderOptions()
            options.threads = 1
            var embedder = try Embedder(Model(path: arguments[1]), options)
            let texts = lines(of: arguments[2])
            var best = Duration.seconds(1000)
            for _ in 0..<(Int(arguments[3]) ?? 1) {
                best = min(best, try ContinuousClock().measure { _ = try embedder.embed(texts) })
            }
            print(best / .seconds(1))
        }
    }

    static func lines(of path: String) -> [String] {
        guard let file = fopen(path, "r") else { exit(1) }
        defer { fclose(file) }
        var lines: [String] = []
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            lines.append(
                String(decoding: buffer.prefix { $0 != 10 && $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return lines
    }
}
