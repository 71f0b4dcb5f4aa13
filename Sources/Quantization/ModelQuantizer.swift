package import GGUF
internal import Tensors

/// Writes a model anew with its tensors quantized, one after the other: never more than a few megabytes are in memory.
package struct ModelQuantizer {
    /// A tensor of the output.
    package struct Tensor: Sendable {
        package let source: TensorInfo
        package let type: TensorType
        package let byteCount: Int
        /// The root of the mean squared error over that of the mean squared weight; nil unless it was asked for.
        package var relativeError: Double?

        /// Whether its bytes are copied.
        package var isCopied: Bool { type == source.type }
    }

    private let file: GGUFFile
    private let type: FileType?
    private let plan: [Tensor]

    /// Decides on every tensor's type.
    ///
    /// - Parameters:
    ///   - type: nil keeps every tensor's type.
    ///   - allowsRequantizing: also quantizes what is quantized already.
    /// - Throws: ``QuantizationError`` when a tensor cannot be quantized.
    package init(_ file: GGUFFile, to type: FileType?, allowsRequantizing: Bool) throws(QuantizationError) {
        self.file = file
        self.type = type
        var plan: [Tensor] = []
        let types: [TensorType]
        do throws(GGUFError) {
            types =
                try type.map { type throws(GGUFError) in
                    try Mixture(type, file.metadata).types(of: file.tensors)
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
            if plan[index].isCopied {
                try copy(plan[index], &writer, goOn)
            } else {
                written[index].relativeError = try quantize(
                    plan[index], &rowQuantizer, &writer, measuresError: measuresError, goOn)
            }
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

    /// - Returns: the relative error, when it is measured.
    private func quantize(
        _ tensor: Tensor, _ rowQuantizer: inout RowQuantizer, _ writer: inout GGUFWriter, measuresError: Bool,
        _ goOn: (Int) throws(QuantizationError) -> Void
    ) throws(QuantizationError) -> Double? {
        let job = try job(tensor, measuresError: measuresError)
        var squares = RowQuantizer.Squares()
        for start in stride(from: 0, to: job.source.rows, by: job.windowRows) {
            let end = min(start + job.windowRows, job.source.rows)
            let result = try rowQuantizer.quantize(job, rows: start..<end) { bytes throws(GGUFError) in
                try writer.append(bytes, to: tensor.source.name)
            }
            switch result {
            case .success(let (_, window)):
                squares.error += window.error
                squares.weight += window.weight
            case .failure(let found):
                throw .notFinite(
                    tensor: tensor.source.name, row: found.row, column: found.column, path: file.path)
            }
            try goOn(end * job.source.rowBytes)
        }
        guard measuresError else { return nil }
        return squares.weight > 0 ? (squares.error / squares.weight).squareRoot() : 0
    }

    private func job(_ tensor: Tensor, measuresError: Bool) throws(QuantizationError) -> RowQuantizer.Job {
        let source = tensor.source
        guard let format = WeightFormat(rawValue: source.type.rawValue),
            let target = WeightFormat(rawValue: tensor.type.rawValue)
        else { throw .undecodable(tensor: source.name, type: source.type, path: file.path) }
        do throws(Tensors.TensorError) {
            let matrix = try WeightMatrix(
                bytes: file.bytes(of: source), format: format, rows: source.rows, columns: source.columns)
            return try RowQuantizer.Job(matrix, to: target, measuresError: measuresError)
        } catch {
            throw .tensor(name: source.name, error, path: file.path)
        }
    }
}
