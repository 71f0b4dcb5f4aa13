import ArgumentParser
import Foundation
import Swiftlet
import Synchronization
import Tokenizers

/// Gathers an importance matrix.
struct ImatrixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imatrix",
        abstract: "Gathers an importance matrix for quantize.",
        discussion: """
            Runs the model on a text, in chunks that each begin a sequence, and writes for each weight the mean squares of \
            what its columns are multiplied with. The text should be like those that the model is for; 100,000 tokens are \
            enough. An f16 or q8_0 model does. The output has llama.cpp's form, which llama-quantize reads.

            Ctrl-C or SIGTERM keep what is done; the same command with --resume goes on, and gives the file that it would \
            have given at once. --in-file adds what other runs gathered; without a text, files are merged alone.

            Examples:
              swiftlet imatrix -m model-f16.gguf -f text.txt -o imatrix.gguf
              swiftlet imatrix --in-file a.gguf --in-file b.dat -o both.gguf
            """)

    @Option(
        name: [.customShort("f"), .customLong("file")], parsing: .unconditional,
        help: ArgumentHelp("Text file; - = standard input.", valueName: "path"), completion: .file())
    var file: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Output file.", valueName: "path"), completion: .file())
    var output: String

    @Option(
        name: .customLong("in-file"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Importance matrix to add; repeatable.", valueName: "path"), completion: .file())
    var inputs: [String] = []

    @Option(
        name: .customLong("chunk-size"), parsing: .unconditional,
        help: ArgumentHelp("Tokens of a chunk. (default: 512, or the context)", valueName: "n"))
    var chunkSize: Int?

    @Option(
        name: .customLong("chunks"), parsing: .unconditional,
        help: ArgumentHelp("Max chunks of the text.", valueName: "n"))
    var maxChunks: Int?

    @Flag(name: .customLong("process-output"), help: "Gather for output.weight, too; slower.")
    var includesOutput = false

    @Flag(name: .customLong("resume"), help: "Continue the output file.")
    var resumes = false

    @OptionGroup(title: "Model") var modelFlags: ModelFlags

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads, 1 to 1024. (default: available cores)", valueName: "n"))
    var threads: Int?

    /// Chunks between two writes of the file.
    private static let chunksPerWrite = 32

    func validate() throws {
        if output.isEmpty { throw ValidationError("the path of the output is empty") }
        if file == nil, inputs.isEmpty { throw ValidationError("there is no text: use -f text.txt") }
        if file == nil, resumes { throw ValidationError("--resume goes on with a text: use it with -f text.txt") }
        if let chunkSize, chunkSize < 2 {
            throw ValidationError("chunks of \(chunkSize) tokens are not possible: use --chunk-size with 2 or more")
        }
        if let maxChunks, maxChunks < 1 {
            throw ValidationError("\(maxChunks) chunks are not possible: use --chunks with 1 or more")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("\(threads) threads are not possible: use -t with a number from 1 to 1024")
        }
    }

    func run() throws {
        var merged: ImportanceMatrix?
        for path in inputs {
            let read = try ImportanceMatrix(path: path)
            if merged == nil { merged = ImportanceMatrix(chunkSize: read.chunkSize) }
            try merged?.merge(read)
        }
        guard let file else {
            if let merged { try finish(merged) }
            return
        }
        let text = try TextSource.file(file).read()
        let model = try modelFlags.open()
        let size = chunkSize ?? min(512, model.contextLength)
        var chunks = try chunks(of: text, model, size: size)
        let total = chunks.count
        var matrix = ImportanceMatrix(chunkSize: size)
        if let merged { try matrix.merge(merged) }
        let before = matrix.chunkCount
        matrix.addDataset(file)
        if resumes, FileManager.default.fileExists(atPath: output) {
            matrix = try continued(matrix, size: size, total: total)
            chunks.removeFirst(matrix.chunkCount - before)
        }
        try gather(chunks, total: total, model, matrix)
    }

    /// The text's chunks, each with the model's first token in place of its own.
    private func chunks(of text: [UInt8], _ model: Model, size: Int) throws -> [[Token]] {
        let special = model.tokenizer.special
        let start = special.addBOS ? special.bos : nil
        let tokens =
            (start.map { [$0] } ?? []) + model.tokenizer.encode(text.span, addSpecial: false, parseSpecial: false)
        guard tokens.count >= size else {
            throw Failure.message(
                "the text has \(Format.count(tokens.count)) tokens, less than a chunk of \(size): give a longer text, or "
                    + "a smaller --chunk-size")
        }
        return (0..<min(tokens.count / size, maxChunks ?? .max)).map { index in
            var chunk = Array(tokens[index * size..<(index + 1) * size])
            if let start { chunk[0] = start }
            return chunk
        }
    }

    /// What an earlier run of the same command left.
    private func continued(_ fresh: ImportanceMatrix, size: Int, total: Int) throws -> ImportanceMatrix {
        let known = try ImportanceMatrix(path: output)
        guard known.datasets == fresh.datasets, known.chunkSize == size,
            (fresh.chunkCount...fresh.chunkCount + total).contains(known.chunkCount)
        else {
            throw Failure.message(
                "\(output) was not begun with these texts and chunks of \(size) tokens: use the same command to resume it, or "
                    + "leave --resume out to begin again")
        }
        return known
    }

    private func gather(_ chunks: [[Token]], total: Int, _ model: Model, _ matrix: ImportanceMatrix) throws {
        var runtime = RuntimeOptions()
        runtime.threads = threads ?? 0
        var gatherer = try ImportanceGatherer(
            model, chunkSize: matrix.chunkSize, includesOutput: includesOutput, continuing: matrix, runtime)
        let ending = EndingSignal(cancelling: gatherer.cancellation)
        let bar = ProgressBar("imatrix")
        defer { bar.clear() }
        let done = total - chunks.count
        for (index, chunk) in chunks.enumerated() {
            do throws(SwiftletError) {
                try gatherer.add(chunk)
            } catch {
                guard error.code == .cancelled else { throw error }
            }
            if let signal = ending.signal {
                bar.clear()
                if gatherer.matrix.chunkCount > 0 {
                    try gatherer.matrix.write(to: output)
                    let count = done + gatherer.matrix.chunkCount - matrix.chunkCount
                    StandardStream.printNote("\(output) has \(count) of \(total) chunks: --resume goes on")
                }
                EndSignals.end(by: signal)
            }
            bar.update(done + index + 1, of: total)
            if (index + 1) % Self.chunksPerWrite == 0 { try gatherer.matrix.write(to: output) }
        }
        bar.clear()
        try finish(gatherer.matrix)
    }

    private func finish(_ matrix: ImportanceMatrix) throws {
        try matrix.write(to: output)
        let names = matrix.names
        for name in names {
            guard let counts = matrix.counts(of: name), counts.contains(0) else { continue }
            let empty = counts.count { $0 == 0 }
            StandardStream.printNote("\(Format.visible(name)): no token went to \(empty) of \(counts.count) experts")
        }
        try StandardStream.output.write(
            "\(Format.visible(output)): \(Format.count(names.count)) weights, \(Format.count(matrix.chunkCount)) chunks of "
                + "\(Format.count(matrix.chunkSize)) tokens\n")
    }
}

/// The signal that asked the process to end, which has to wait until what is done is saved.
private final class EndingSignal: Sendable {
    private let number = Atomic<CInt>(0)

    var signal: CInt? {
        let signal = number.load(ordering: .relaxed)
        return signal == 0 ? nil : signal
    }

    init(cancelling cancellation: SessionCancellation) {
        EndSignals.onEnd { [self] signal in
            number.store(signal, ordering: .relaxed)
            cancellation.cancel()
        }
    }
}
