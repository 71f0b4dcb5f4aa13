import ArgumentParser
import Swiftlet

/// Writes a model with smaller weights.
struct Quantize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a model anew with smaller weights.",
        discussion: """
            The types have llama.cpp's names, in lower or upper case: \(Quantizer.types.joined(separator: ", ")); q3_k, \
            q4_k and q5_k mean q3_k_m, q4_k_m and q5_k_m. q8_0 is nearly exact at half \
            the size of f16; q4_k_m is a good choice where memory is short: it gives more bits to the tensors that \
            need them. Norms and biases stay as they are, and a tensor whose rows a format cannot divide gets the next \
            larger one. So does one with weights that its type cannot hold, which is said.
            IN may be split (name any part) or compressed (.gguf.zst). OUT appears when it is complete; until then, and \
            after an error or Ctrl-C, whatever has that name stays.

            Example: swiftlet quantize model-f16.gguf model-q4_k_m.gguf --type q4_k_m
            """)

    @Argument(help: ArgumentHelp("The model: a GGUF file of F32, F16 or BF16 weights.", valueName: "in"))
    var input: String

    @Argument(help: ArgumentHelp("The file to write.", valueName: "out"))
    var output: String

    @Option(
        parsing: .unconditional, help: ArgumentHelp("What to quantize to, such as q4_k_m.", valueName: "type"))
    var type: String

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads, 1 to 1024. (default: what this process may use)", valueName: "n"))
    var threads: Int?

    @Flag(
        name: .customLong("allow-requantize"),
        help: "Quantize what is quantized already. The errors add up: prefer the original.")
    var allowsRequantizing = false

    @Flag(name: .customLong("verbose"), help: "Also print each tensor's type and relative error (root mean square).")
    var isVerbose = false

    func validate() throws {
        if input.isEmpty { throw ValidationError("the path of the model is empty: use swiftlet quantize in.gguf ...") }
        if output.isEmpty { throw ValidationError("the path of the output is empty") }
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
        let interruption = Interruption()
        let bar = ProgressBar("quantize")
        defer { bar.clear() }
        let start = ContinuousClock.now
        var lastTensor = -1
        let tensors = try quantizer.quantize(input, to: output) { progress in
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
