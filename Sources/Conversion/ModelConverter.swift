package import GGUF
package import Quantization
internal import Safetensors

/// Makes a model file of a folder as Hugging Face stores models: `config.json`, safetensors and a tokenizer.
///
/// Tensors are written one after the other: never more than a few megabytes are in memory beside the tokenizer.
package struct ModelConverter {
    /// A tensor of the output.
    package struct Tensor: Sendable {
        package let name: String
        /// The element type's name, as it is stored.
        package let storedType: String
        package let storedBytes: Int
        package internal(set) var type: TensorType
        package internal(set) var byteCount: Int
        package let elementCount: Int
        /// Why it has not the type that was chosen for it, if it has another.
        package internal(set) var fallback: Fallback?
    }

    /// `general.architecture` of the output.
    package let architecture: String
    package let type: FileType
    package let tensors: [Tensor]
    private let plan: [PlannedTensor]
    private let contents: GGUFContents

    /// Reads everything but the weights, and decides on each tensor's place and type.
    ///
    /// - Parameters:
    ///   - type: nil keeps 16 bits: bf16 where most weights are, else f16. Experts of four-bit floats (MXFP4) stay so, unless
    ///     a float type is asked for.
    ///   - keepsHeads: whether the heads of encoders (masked tokens, classifiers) are converted.
    ///   - adapters: folders as PEFT stores them, that are added to the weights times their scales.
    /// - Throws: ``ConversionError``.
    package init(
        folder path: String, type: FileType?, keepsHeads: Bool = true, adapters: [(path: String, scale: Float)] = []
    ) throws(ConversionError) {
        let folder = ModelFolder(path)
        guard !folder.isFile else { throw .notFolder(path: path) }
        guard let value = try folder.json("config.json") else {
            throw .missingFile("config.json", folder: folder.path)
        }
        let configuration = Configuration(path: folder.path("config.json"), value: value)
        var family = try ConvertibleFamilies.family(for: configuration, keepsHeads: keepsHeads)
        try family.read(folder)
        let prefixes = Swift.type(of: family).prefixes
        var checkpoint = try Checkpoint(folder)
        try checkpoint.drop(prefixes: prefixes)
        let merge = try AdapterMerge(adapters, family)
        try merge.replaceWhole(in: &checkpoint)
        var map = TensorMap(checkpoint, path: folder.path)
        try family.map(&map)
        try map.checkAllUsed()
        let plan = try merge.apply(to: map.tensors)
        self.type = type ?? (checkpoint.mainType == .BF16 ? .bf16 : .f16)
        architecture = family.architecture
        self.plan = plan
        let keepsPacked = type == nil || self.type.main.blockElements > 1
        tensors = try Self.tensors(plan, self.type, family, keepsPacked: keepsPacked)
        contents = try Self.contents(folder, configuration, family, self.type, tensors, plan)
    }

    /// - Parameter plan: a tensor for each of `tensors`, which have the types that `contents` has.
    init(
        architecture: String, type: FileType, tensors: [Tensor], plan: [PlannedTensor], contents: GGUFContents
    ) {
        self.architecture = architecture
        self.type = type
        self.tensors = tensors
        self.plan = plan
        self.contents = contents
    }

    /// Bytes of the stored tensors that are converted.
    package var inputBytes: Int { tensors.reduce(0) { $0 + $1.storedBytes } }

    private static func tensors(
        _ plan: [PlannedTensor], _ type: FileType, _ family: any Family, keepsPacked: Bool
    ) throws(ConversionError) -> [Tensor] {
        let mixture = Mixture(
            type, layers: family.layers, heads: family.heads, keyValueHeads: family.keyValueHeads,
            experts: family.expertCount)
        // Vectors and what else is not a matrix to multiply by become F32, whatever they were.
        let types = mixture.types(
            of: plan.map {
                Mixture.Tensor(
                    name: $0.name, type: .F32, rows: $0.shape.dropLast().reduce(1, *), columns: $0.shape.last ?? 1)
            })
        var tensors: [Tensor] = []
        for (tensor, chosen) in zip(plan, types) {
            // Four-bit floats are as good as they were in no other type that small.
            let type: TensorType = if case .packed = tensor.source, keepsPacked { .MXFP4 } else { chosen }
            let byteCount: Int
            do throws(GGUF.TensorError) {
                byteCount = try type.byteCount(dimensions: tensor.dimensions)
            } catch {
                throw .file(.cannotWrite(path: tensor.name, .tensor(name: tensor.name, error)))
            }
            tensors.append(
                Tensor(
                    name: tensor.name, storedType: tensor.storedType, storedBytes: tensor.storedBytes, type: type,
                    byteCount: byteCount, elementCount: tensor.elementCount))
        }
        return tensors
    }
}

// MARK: - Metadata

extension ModelConverter {
    private static func contents(
        _ folder: ModelFolder, _ configuration: Configuration, _ family: any Family, _ type: FileType,
        _ tensors: [Tensor], _ plan: [PlannedTensor]
    ) throws(ConversionError) -> GGUFContents {
        var contents = GGUFContents()
        contents.set("general.architecture", family.architecture)
        contents.set("general.type", "model")
        let origin = try configuration.string("_name_or_path", default: "")
        contents.set("general.name", origin.split(separator: "/").last.map(String.init) ?? folder.name)
        contents.set("general.size_label", sizeLabel(tensors.reduce(0) { $0 + $1.elementCount }))
        let card = ModelCard(String(decoding: try folder.bytes("README.md") ?? [], as: UTF8.self))
        if let license = card.license { contents.set("general.license", license) }
        if !card.tags.isEmpty { contents.set("general.tags", card.tags) }
        if !card.languages.isEmpty { contents.set("general.languages", card.languages) }
        var keys = ArchitectureKeys(architecture: family.architecture, contents: contents)
        family.describe(&keys)
        if let pooling = try Pooling.read(folder) { keys.set("pooling_type", pooling.rawValue) }
        contents = keys.contents
        try SentenceModules(folder).describePrompts(&contents)
        contents.set("general.file_type", type.number)
        contents.set("general.quantization_version", 2 as UInt32)
        let files = try TokenizerFiles(folder, configuration)
        let tokenizer = try ConvertedTokenizer(files, family)
        try tokenizer.write(files, family.tokenizer, to: &contents)
        for (tensor, planned) in zip(tensors, plan) {
            contents.addTensor(tensor.name, type: tensor.type, dimensions: planned.dimensions)
        }
        return contents
    }

    /// The number of parameters with two digits: `23M`, `1.1B`.
    private static func sizeLabel(_ count: Int) -> String {
        let units: [(Double, String)] = [(1e12, "T"), (1e9, "B"), (1e6, "M")]
        let (size, unit) = units.first { Double(count) > $0.0 } ?? (1e3, "K")
        let scaled = Double(count) / size
        let tenths = Int((scaled * 10).rounded())
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)\(unit)" : "\(Int(scaled.rounded()))\(unit)"
    }
}

// MARK: - Writing

extension ModelConverter {
    /// Writes the model file, which appears at `path` when it is complete.
    ///
    /// - Parameters:
    ///   - threads: 0: as many as this process may use.
    ///   - progress: gets a tensor's index, and how many of ``inputBytes`` are done; returns whether to go on.
    /// - Returns: what became of each tensor.
    @discardableResult
    package func write(
        to path: String, threads: Int, progress: (_ tensor: Int, _ done: Int) -> Bool
    ) throws(ConversionError) -> [Tensor] {
        var writer: GGUFWriter
        do throws(GGUFError) { writer = try GGUFWriter(path: path, contents: contents) } catch { throw .file(error) }
        let written = try write(to: &writer, threads: threads, progress: progress)
        do throws(GGUFError) { try writer.finish() } catch { throw .file(error) }
        return written
    }

    /// All bytes of the file.
    ///
    /// - Parameter label: stands for its path in messages.
    package func bytes(labelled label: String) throws(ConversionError) -> [UInt8] {
        var writer: GGUFWriter
        do throws(GGUFError) { writer = try GGUFWriter(labelled: label, contents: contents) } catch {
            throw .file(error)
        }
        _ = try write(to: &writer, threads: 1) { _, _ in true }
        do throws(GGUFError) { return try writer.finishInMemory() } catch { throw .file(error) }
    }

    private func write(
        to writer: inout GGUFWriter, threads: Int, progress: (_ tensor: Int, _ done: Int) -> Bool
    ) throws(ConversionError) -> [Tensor] {
        var rowQuantizer: RowQuantizer
        do throws(QuantizationError) {
            rowQuantizer = try RowQuantizer(threads: threads)
        } catch {
            throw .quantization(error)
        }
        var written = tensors
        var done = 0
        for index in tensors.indices {
            while true {
                let fallback = try write(written[index], plan[index], &rowQuantizer, &writer) { part in
                    progress(index, done + part)
                }
                guard let fallback else { break }
                try retype(&written[index], fallback, from: plan[index], &writer)
            }
            done += tensors[index].storedBytes
        }
        guard progress(tensors.count - 1, done) else { throw .quantization(.cancelled) }
        return written
    }

    /// Starts a tensor over as a type that can hold it.
    private func retype(
        _ tensor: inout Tensor, _ fallback: Fallback, from planned: PlannedTensor, _ writer: inout GGUFWriter
    ) throws(ConversionError) {
        let stored: TensorType = planned.storedType == ElementType.F16.rawValue ? .F16 : .F32
        tensor.fallback = tensor.fallback ?? fallback
        tensor.type = fallback.type(for: stored)
        tensor.byteCount = tensor.elementCount * tensor.type.blockBytes
        do throws(GGUFError) { try writer.restart(tensor.name, as: tensor.type) } catch { throw .file(error) }
    }

    /// - Parameter goesOn: gets how many of the tensor's stored bytes are done.
    /// - Returns: why the type cannot hold the tensor, if it cannot.
    private func write(
        _ tensor: Tensor, _ planned: PlannedTensor, _ rowQuantizer: inout RowQuantizer, _ writer: inout GGUFWriter,
        _ goesOn: (Int) -> Bool
    ) throws(ConversionError) -> Fallback? {
        var reader = RowReader(planned)
        var squares = RowQuantizer.Squares()
        for start in stride(from: 0, to: reader.rows, by: reader.windowRows) {
            guard goesOn(tensor.storedBytes / reader.rows * start) else { throw .quantization(.cancelled) }
            let rows = start..<min(start + reader.windowRows, reader.rows)
            switch try write(rows, of: tensor, planned, &reader, &rowQuantizer, &writer) {
            case .success(let window): squares += window
            case .failure(let fallback): return fallback
            }
        }
        return squares.underflow(of: tensor.type)
    }

    private func write(
        _ rows: Range<Int>, of tensor: Tensor, _ planned: PlannedTensor, _ reader: inout RowReader,
        _ rowQuantizer: inout RowQuantizer, _ writer: inout GGUFWriter
    ) throws(ConversionError) -> Result<RowQuantizer.Squares, Fallback> {
        let matrix = try reader.matrix(rows)
        let source = planned.path ?? ""
        var squares = RowQuantizer.Squares()
        do throws(QuantizationError) {
            let job = try RowQuantizer.Job(matrix, to: tensor.type, name: tensor.name, path: source)
            for start in stride(from: 0, to: rows.count, by: job.windowRows) {
                let part = start..<min(start + job.windowRows, rows.count)
                let result = try rowQuantizer.quantize(job, rows: part) { bytes throws(GGUFError) in
                    try writer.append(bytes, to: tensor.name)
                }
                switch result {
                case .success(let window): squares += window
                case .failure(let found):
                    return .failure(
                        try found.fallback(
                            from: tensor.type, firstRow: rows.lowerBound, tensor: tensor.name,
                            storedType: tensor.storedType, path: source))
                }
            }
            return .success(squares)
        } catch {
            throw .quantization(error)
        }
    }
}
