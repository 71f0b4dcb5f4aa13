import ArgumentParser
import Conversion
import GGUF
import Quantization

/// Makes a model file of a folder from Hugging Face, or of a file of whisper.cpp's.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Converts Hugging Face or whisper.cpp models to GGUF.",
        discussion: """
            DIR has config.json, safetensors weights and the tokenizer's files, or is a whisper.cpp file (ggml-*.bin). \
            Python is not needed.

            Supported classes: \(ConvertibleFamilies.classes.joined(separator: ", ")).

            Types: auto, \(FileType.allCases.filter { !$0.needsImportance }.map(\.rawValue).joined(separator: ", ")). auto keeps bf16 weights and \
            stores others as f16; tensors of a whisper.cpp file keep their type. A tensor whose shape or values do not \
            fit the type gets a larger one, with a message. OUT is replaced only when the new file is complete.

            A PEFT folder (adapter_config.json) becomes a LoRA adapter; --base names its model, a folder or a GGUF file. \
            --lora merges PEFT folders into the weights of DIR instead.

            Examples:
              swiftlet convert all-MiniLM-L6-v2 minilm-q8_0.gguf --type q8_0
              swiftlet convert my-lora lora.gguf --base model.gguf
              swiftlet convert llama-dir merged.gguf --lora my-lora=0.5
            """)

    @Argument(help: ArgumentHelp("Model folder, or whisper.cpp file.", valueName: "dir"), completion: .file())
    var input: String

    @Argument(help: ArgumentHelp("Output file.", valueName: "out"), completion: .file())
    var output: String

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Weight type, such as q8_0. (default: auto)", valueName: "type"))
    var type: String?

    @Option(
        name: .customLong("lora"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("PEFT folder to merge, with its scale; repeatable.", valueName: "dir[=x]"),
        completion: .directory)
    var adapters: [AdapterArgument] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The model of a PEFT folder: folder or GGUF file.", valueName: "path"), completion: .file())
    var base: String?

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Threads, 1 to 1024. (default: available cores)", valueName: "n"))
    var threads: Int?

    @Flag(
        name: .customLong("without-heads"),
        help: "Leave out an encoder's heads (for llama.cpp).")
    var leavesOutHeads = false

    @Flag(name: .customLong("verbose"), help: "Print each tensor's type.")
    var isVerbose = false

    func validate() throws {
        if input.isEmpty { throw ValidationError("the path of the folder is empty: use swiftlet convert DIR OUT.gguf") }
        if output.isEmpty { throw ValidationError("the path of the output is empty") }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("\(threads) threads are not possible: use -t with a number from 1 to 1024")
        }
        _ = try fileType()
    }

    private func fileType() throws -> FileType? {
        guard let type else { return nil }
        if type.lowercased() == "auto" { return nil }
        guard let known = FileType(spelled: type) else { throw ValidationError(FileType.lack(of: type)) }
        guard !known.needsImportance else {
            throw ValidationError(
                "\(known.rawValue) needs an importance matrix: convert to f16, then use swiftlet imatrix and "
                    + "swiftlet quantize --imatrix")
        }
        return known
    }

    func run() throws {
        if let type, let known = try fileType() { WeightsReport.explain(type, known.rawValue) }
        let isAdapter = AdapterConverter.reads(input)
        if base != nil, !isAdapter {
            throw Failure.message("--base is for a folder of PEFT's, which \(input) is not: leave it out")
        }
        if try WhisperConverter.reads(input) {
            guard adapters.isEmpty else {
                throw Failure.message("--lora is for folders from Hugging Face, which \(input) is not: leave it out")
            }
            return try convertWhisperFile()
        }
        let start = ContinuousClock.now
        let converter = isAdapter ? try adapterConverter() : try modelConverter()
        let interruption = Interruption()
        let bar = ProgressBar("convert")
        defer { bar.clear() }
        let tensors = converter.tensors
        var lastTensor = -1
        let written = try converter.write(to: output, threads: threads ?? 0) { tensor, done in
            bar.update(done, of: converter.inputBytes)
            if !bar.isShown, tensor != lastTensor {
                lastTensor = tensor
                StandardStream.printNote("[\(tensor + 1)/\(tensors.count)] \(Format.visible(tensors[tensor].name))")
            }
            return !interruption.isRequested
        }
        bar.clear()
        try print(
            written.map {
                WeightsReport.Tensor(
                    name: $0.name, oldType: $0.storedType, newType: $0.type.name, oldBytes: $0.storedBytes,
                    newBytes: $0.byteCount, elementCount: $0.elementCount, fallback: $0.fallback?.description)
            }, since: start)
    }

    private func modelConverter() throws -> ModelConverter {
        try ModelConverter(
            folder: input, type: fileType(), keepsHeads: !leavesOutHeads,
            adapters: adapters.map { (path: $0.path, scale: $0.scale) })
    }

    private func adapterConverter() throws -> ModelConverter {
        let type = try fileType()
        guard adapters.isEmpty else {
            throw Failure.message("\(input) is an adapter itself: --lora merges adapters into a model")
        }
        guard [nil, .f32, .f16, .bf16].contains(type) else {
            throw Failure.message(
                "an adapter of the type \(type?.rawValue ?? "") is not possible: use f32, f16 or bf16")
        }
        let model = try base.map { path in
            AdapterConverter.isFile(path)
                ? try AdapterBase(file: GGUFFile(path: path)) : try AdapterBase(folder: path)
        }
        return try AdapterConverter.converter(folder: input, base: model, type: type)
    }

    private func convertWhisperFile() throws {
        let start = ContinuousClock.now
        let converter = try WhisperConverter(path: input, type: fileType())
        let interruption = Interruption()
        let bar = ProgressBar("convert")
        defer { bar.clear() }
        let tensors = try converter.write(to: output, threads: threads ?? 0) { _, done in
            bar.update(done, of: converter.inputBytes)
            return !interruption.isRequested
        }
        bar.clear()
        try print(
            tensors.map {
                WeightsReport.Tensor(
                    name: $0.source.name, oldType: $0.source.type.name, newType: $0.type.name,
                    oldBytes: $0.source.byteCount, newBytes: $0.byteCount, elementCount: $0.source.elementCount,
                    fallback: $0.fallback?.description)
            }, since: start)
    }

    private func print(_ tensors: [WeightsReport.Tensor], since start: ContinuousClock.Instant) throws {
        let report = WeightsReport(
            output: output, tensors: tensors, seconds: (ContinuousClock.now - start) / .seconds(1))
        report.printFallbacks()
        try StandardStream.output.write((isVerbose ? report.details + "\n" : "") + report.summary)
    }
}
