package import GGUF
internal import Tensors

/// Writes a quantized copy of a model, tensor by tensor, with a few megabytes of memory.
package struct ModelQuantizer {
    /// A tensor of the output.
    package struct Tensor: Sendable {
        package let source: TensorInfo
        package internal(set) var type: TensorType
        package internal(set) var byteCount: Int
        /// Why it has not the type that was chosen for it, if it has another.
        package internal(set) var fallback: Fallback?
        /// The root of the mean squared error over that of the mean squared weight; nil unless it was asked for.
        package var relativeError: Double?

        /// Whether its bytes are copied.
        package var isCopied: Bool { type == source.type }
    }

    let file: GGUFFile
    let type: FileType?
    let plan: [Tensor]
    let importance: Importance?

    /// An importance matrix, and where it came from.
    package struct Importance: Sendable {
        package let matrix: ImportanceSums
        package let path: String

        package init(_ matrix: ImportanceSums, path: String) {
            self.matrix = matrix
            self.path = path
        }
    }

    /// Decides on every tensor's type.
    ///
    /// - Parameters:
    ///   - type: nil keeps every tensor's type.
    ///   - allowsRequantizing: also quantizes what is quantized already.
    ///   - importance: weighs the errors of columns.
    /// - Throws: ``QuantizationError`` when a tensor cannot be quantized, or needs an importance matrix and has none.
    package init(
        _ file: GGUFFile, to type: FileType?, allowsRequantizing: Bool, importance: Importance? = nil
    ) throws(QuantizationError) {
        self.file = file
        self.type = type
        self.importance = importance
        var plan: [Tensor] = []
        let types: [TensorType]
        do throws(GGUFError) {
            types =
                try type.map { type throws(GGUFError) in
                    try Mixture(type, file.metadata, hasImportance: importance != nil).types(of: file.tensors)
                } ?? file.tensors.map(\.type)
        } catch {
            throw .file(error)
        }
        for (tensor, type) in zip(file.tensors, types) {
            if type != tensor.type {
                guard let format = WeightFormat(rawValue: tensor.type.rawValue) else {
                    throw .undecodable(tensor: tensor.name, type: tensor.type, path: file.path)
                }
                guard allowsRequantizing || !format.isQuantized else {
                    throw .quantized(tensor: tensor.name, type: tensor.type, path: file.path)
                }
            }
            let byteCount: Int
            do throws(GGUF.TensorError) {
                byteCount = try type.byteCount(dimensions: tensor.dimensions)
            } catch {
                throw .file(.cannotWrite(path: file.path, .tensor(name: tensor.name, error)))
            }
            plan.append(Tensor(source: tensor, type: type, byteCount: byteCount))
        }
        self.plan = plan
        do throws(ImportanceError) { try checkImportance() } catch { throw .importance(error) }
    }

    /// Writes the quantized model, which appears at `path` when it is complete.
    ///
    /// - Parameters:
    ///   - threads: 0: as many as this process may use.
    ///   - measuresError: fills in ``Tensor/relativeError``.
    ///   - progress: gets a tensor's index, and how many of the input's bytes are done; returns whether to go on.
    /// - Returns: the tensors, in the order of the input.
    package func write(
        to path: String, threads: Int, measuresError: Bool, progress: (_ tensor: Int, _ done: Int) -> Bool
    ) throws(QuantizationError) -> [Tensor] {
        var rowQuantizer = try RowQuantizer(threads: threads)
        var writer: GGUFWriter
        do throws(GGUFError) { writer = try GGUFWriter(path: path, contents: contents) } catch { throw .file(error) }
        var written = plan
        var done = 0
        for index in plan.indices {
            let start = done
            func goOn(_ bytes: Int) throws(QuantizationError) {
                done = start + bytes
                guard progress(index, done) else { throw .cancelled }
            }
            try goOn(0)
            if plan[index].isCopied, !Self.isFloat(plan[index].type) {
                try copy(plan[index], &writer, goOn)
                continue
            }
            let (tensor, error) = try quantize(plan[index], &rowQuantizer, &writer, goOn)
            written[index] = tensor
            if measuresError, !tensor.isCopied { written[index].relativeError = error }
        }
        do throws(GGUFError) { try writer.finish() } catch { throw .file(error) }
        return written
    }

    /// Bytes of the input's tensors.
    package var inputBytes: Int { plan.reduce(0) { $0 + $1.source.byteCount } }
}

// MARK: - Writing

extension ModelQuantizer {
    /// The input's metadata, but for what tells of the file and not of the model.
    private var contents: GGUFContents {
        var contents = GGUFContents(alignment: file.alignment)
        for (key, value) in file.metadata where key != "general.alignment" && !key.hasPrefix("split.") {
            contents.set(key, copying: value)
        }
        if let type {
            contents.set("general.quantization_version", 2 as UInt32)
            contents.set("general.file_type", type.number)
        }
        if let importance {
            if !importance.path.isEmpty { contents.set("quantize.imatrix.file", importance.path) }
            if let dataset = importance.matrix.datasets.first { contents.set("quantize.imatrix.dataset", dataset) }
            contents.set("quantize.imatrix.entries_count", UInt32(clamping: importance.matrix.entries.count))
            contents.set("quantize.imatrix.chunks_count", UInt32(clamping: importance.matrix.chunkCount))
        }
        for tensor in plan {
            contents.addTensor(tensor.source.name, type: tensor.type, dimensions: tensor.source.dimensions)
        }
        return contents
    }

    private func copy(
        _ tensor: Tensor, _ writer: inout GGUFWriter, _ goOn: (Int) throws(QuantizationError) -> Void
    ) throws(QuantizationError) {
        let bytes = file.bytes(of: tensor.source)
        let piece = 4 << 20
        for start in stride(from: 0, to: bytes.byteCount, by: piece) {
            let end = min(start + piece, bytes.byteCount)
            do throws(GGUFError) {
                try writer.append(bytes.extracting(start..<end), to: tensor.source.name)
            } catch {
                throw .file(error)
            }
            try goOn(end)
        }
    }

    /// Elements that are checked on their way, also where they keep their type.
    private static func isFloat(_ type: TensorType) -> Bool {
        WeightFormat(rawValue: type.rawValue).map { !$0.isQuantized } ?? false
    }

    /// Writes a tensor as the type that was chosen for it, or one that can hold it.
    ///
    /// - Returns: what it became, and its relative error.
    private func quantize(
        _ chosen: Tensor, _ rowQuantizer: inout RowQuantizer, _ writer: inout GGUFWriter,
        _ goOn: (Int) throws(QuantizationError) -> Void
    ) throws(QuantizationError) -> (Tensor, Double) {
        var tensor = chosen
        while true {
            switch try encode(tensor, &rowQuantizer, &writer, goOn) {
            case .success(let error): return (tensor, error)
            case .failure(let fallback):
                tensor.fallback = tensor.fallback ?? fallback
                tensor.type = fallback.type(for: tensor.source.type)
                do throws(GGUFError) {
                    try writer.restart(tensor.source.name, as: tensor.type)
                } catch {
                    throw .file(error)
                }
                tensor.byteCount = tensor.source.elementCount * tensor.type.blockBytes
            }
        }
    }

    /// - Returns: the relative error, or why the type cannot hold the tensor.
    private func encode(
        _ tensor: Tensor, _ rowQuantizer: inout RowQuantizer, _ writer: inout GGUFWriter,
        _ goOn: (Int) throws(QuantizationError) -> Void
    ) throws(QuantizationError) -> Result<Double, Fallback> {
        let job = try job(tensor)
        var squares = RowQuantizer.Squares()
        for start in stride(from: 0, to: job.source.rows, by: job.windowRows) {
            let end = min(start + job.windowRows, job.source.rows)
            let result = try rowQuantizer.quantize(job, rows: start..<end) { bytes throws(GGUFError) in
                try writer.append(bytes, to: tensor.source.name)
            }
            switch result {
            case .success(let window): squares += window
            case .failure(let found):
                return .failure(
                    try found.fallback(
                        from: tensor.type, firstRow: 0, tensor: tensor.source.name,
                        storedType: tensor.source.type.name, path: file.path))
            }
            try goOn(end * job.source.rowBytes)
        }
        if let fallback = squares.underflow(of: tensor.type, isWeighted: !job.importance.isEmpty) {
            return .failure(fallback)
        }
        return .success(squares.relativeError)
    }

    private func job(_ tensor: Tensor) throws(QuantizationError) -> RowQuantizer.Job {
        let source = tensor.source
        guard let format = WeightFormat(rawValue: source.type.rawValue),
            let target = WeightFormat(rawValue: tensor.type.rawValue)
        else { throw .undecodable(tensor: source.name, type: source.type, path: file.path) }
        do throws(Tensors.TensorError) {
            let matrix = try WeightMatrix(
                bytes: file.bytes(of: source), format: format, rows: source.rows, columns: source.columns)
            return try RowQuantizer.Job(
                matrix, to: target, importance: importance?.matrix.entries[source.name]?.means ?? [])
        } catch {
            throw .tensor(name: source.name, error, path: file.path)
        }
    }
}
