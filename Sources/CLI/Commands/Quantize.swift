import ArgumentParser
import Swiftlet

/// Writes a model with smaller weights.
struct Quantize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Quantizes the weights of a model.",
        discussion: """
            Types, named as in llama.cpp: \(Quantizer.types.joined(separator: ", ")); q3_k, q4_k and q5_k mean their \
            _m variants. q8_0 is nearly lossless at half the size of f16; q4_k_m is the usual choice when memory is \
            short. Norms and biases keep their type. A tensor whose shape or values do not fit the type gets a larger \
            one, with a message.

            --imatrix weighs errors by an importance matrix, of swiftlet imatrix or llama-imatrix. The iq1 and iq2 types, \
            iq3_xxs, iq3_xs and q2_k_s need one.

            IN may be split (name any part) or compressed (.gguf.zst). OUT is replaced only when the new file is \
            complete.

            Examples:
              swiftlet quantize model-f16.gguf model-q4_k_m.gguf --type q4_k_m
              swiftlet quantize model-f16.gguf model-iq3_s.gguf --type iq3_s --imatrix imatrix.gguf
            """)

    @Argument(
        help: ArgumentHelp("Model with F32, F16 or BF16 weights.", valueName: "in"), completion: .file())
    var input: String

    @Argument(help: ArgumentHelp("Output file.", valueName: "out"), completion: .file())
    var output: String

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Quantization type, such as q4_k_m.", valueName: "type"))
    var type: String

    @Option(
        name: .customLong("imatrix"), parsing: .unconditional,
        help: ArgumentHelp("Importance matrix: GGUF, or llama.cpp's .dat.", valueName: "path"), completion: .file())
    var importance: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads, 1 to 1024. (default: available cores)", valueName: "n"))
    var threads: Int?

    @Flag(
        name: .customLong("allow-requantize"),
        help: "Accept quantized input; errors add up.")
    var allowsRequantizing = false

    @Flag(name: .customLong("verbose"), help: "Print each tensor's type and relative RMS error.")
    var isVerbose = false

    func validate() throws {
        if input.isEmpty { throw ValidationError("the path of the model is empty: use swiftlet quantize in.gguf ...") }
        if output.isEmpty { throw ValidationError("the path of the output is empty") }
        if importance == "" { throw ValidationError("the path of --imatrix is empty") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("\(threads) threads are not possible: use -t with a number from 1 to 1024")
        }
        do throws(SwiftletError) { _ = try Quantizer(type) } catch { throw ValidationError(error.message) }
    }

    func run() throws {
        var quantizer = try Quantizer(type)
        WeightsReport.explain(type, quantizer.typeName)
        quantizer.threads = threads ?? 0
        quantizer.allowsRequantizing = allowsRequantizing
        quantizer.measuresError = isVerbose
        quantizer.importance = try importance.map { try ImportanceMatrix(path: $0) }
        let interruption = Interruption()
        let bar = ProgressBar("quantize")
        defer { bar.clear() }
        let start = ContinuousClock.now
        var lastTensor = -1
        let tensors = try quantizer.quantize(ModelFile.path(input), to: output) { progress in
            bar.update(progress.bytesDone, of: progress.bytesInAll)
            if !bar.isShown, progress.tensorIndex != lastTensor {
                lastTensor = progress.tensorIndex
                let place = "[\(progress.tensorIndex + 1)/\(progress.tensorCount)]"
                StandardStream.printNote("\(place) \(Format.visible(progress.tensor))")
            }
            return !interruption.isRequested
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        bar.clear()
        let report = WeightsReport(
            output: output, tensors: tensors.map(WeightsReport.Tensor.init), seconds: seconds)
        report.printFallbacks()
        try StandardStream.output.write((isVerbose ? report.detailsWithErrors + "\n" : "") + report.summary)
    }
}
