internal import GGUF
internal import Tensors

/// An index file, mapped into memory and checked: texts with the vectors of one embedding model. Immutable, so any thread
/// may read it; an ``IndexSearcher`` asks it questions.
///
/// Opening reads a header; what a query reads comes from the disk then, and stays in the system's cache, shared with other
/// processes.
public final class VectorIndex: Sendable {
    /// Where it was opened.
    public let path: String
    /// Whose vectors it holds.
    public let model: IndexModel
    /// How many texts it holds.
    public let count: Int
    /// The stored form of a vector.
    public let precision: IndexWriter.Precision
    /// Nil when there are no rows.
    let tensors: IndexTensors?
    /// Keeps the tensors mapped.
    private let file: GGUFFile

    /// Opens the index at `path`.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`, when it cannot be read or is no sound index.
    public init(path: String) throws(SwiftletError) {
        do throws(GGUFError) {
            file = try GGUFFile(path: path, isReplaceable: true)
        } catch {
            if case .format(_, .notGGUF) = error {
                throw IndexFormat.unsound(path, "not an index; build one from this text with --build (IndexWriter)")
            }
            throw SwiftletError(error)
        }
        (model, count) = try IndexFormat.header(file)
        self.path = path
        tensors = count == 0 ? nil : try IndexTensors(file, model, rows: count)
        precision = tensors.map { $0.exact == nil ? .int8 : .float32 } ?? .float32
    }

    /// The text of a row.
    ///
    /// - Parameter row: 0 to ``count`` - 1, as ``IndexMatch/row`` has it.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` when there is no such row, `file` when the file is damaged
    ///   there.
    public func text(ofRow row: Int) throws(SwiftletError) -> String {
        guard let tensors, row >= 0, row < count else {
            throw SwiftletError(.invalidArgument, "there is no row \(row): the index has \(count)")
        }
        let (begin, end) = (tensors.textOffset(row, in: file), tensors.textOffset(row + 1, in: file))
        let size = tensors.text.byteCount
        // A newline ends each text.
        guard begin >= 0, begin < end, end <= size else {
            throw IndexFormat.unsound(path, "the text of row \(row) is at \(begin) to \(end) of \(size) bytes")
        }
        let file = file
        let text = unsafe file.bytes(of: tensors.text).extracting(begin..<end - 1).withUnsafeBytes {
            unsafe String(validating: $0, as: UTF8.self)
        }
        guard let text else { throw IndexFormat.unsound(path, "the text of row \(row) is not valid UTF-8") }
        return text
    }

    /// Makes sure that queries embedded with `model` may be put to this index.
    ///
    /// - Throws: ``SwiftletError`` with the code `indexMismatch`.
    public func require(_ model: IndexModel) throws(SwiftletError) {
        guard model.isComparable(to: self.model) else {
            throw SwiftletError(
                .indexMismatch,
                "\(path): the index holds vectors of \(self.model), which cannot be compared with those of \(model); use "
                    + "the same model or build the index again")
        }
    }
}

/// The tensors of an index of at least one row, valid while its file is open.
struct IndexTensors: Sendable {
    /// `[rows, padded]`
    let codes: WeightMatrix
    /// The vectors `[rows, dimensions]` and the codes' errors `[rows]`; nil when the codes are all there is.
    let exact: (vectors: WeightMatrix, errors: WeightVector)?
    let text: TensorInfo
    private let textOffsets: TensorInfo

    init(_ file: GGUFFile, _ model: IndexModel, rows: Int) throws(SwiftletError) {
        let columns = IndexFormat.paddedColumns(model.dimensions)
        let codes = try Self.tensor(IndexFormat.codes, .Q8_0, [columns, rows], file)
        textOffsets = try Self.tensor(IndexFormat.textOffsets, .I64, [rows + 1], file)
        text = try Self.tensor(IndexFormat.text, .I8, nil, file)
        var floats: (vectors: TensorInfo, errors: TensorInfo)?
        if file.tensor(named: IndexFormat.vectors) != nil {
            floats = (
                try Self.tensor(IndexFormat.vectors, .F32, [model.dimensions, rows], file),
                try Self.tensor(IndexFormat.codeErrors, .F32, [rows], file)
            )
        }
        do throws(Tensors.TensorError) {
            self.codes = try WeightMatrix(
                bytes: file.bytes(of: codes), format: .q8_0, rows: rows, columns: columns)
            if let floats {
                let vectors = try WeightMatrix(
                    bytes: file.bytes(of: floats.vectors), format: .f32, rows: rows, columns: model.dimensions)
                exact = (vectors, try WeightVector(bytes: file.bytes(of: floats.errors), count: rows))
            } else {
                exact = nil
            }
        } catch {
            throw IndexFormat.unsound(file.path, "\(error)")
        }
        guard textOffset(0, in: file) == 0, textOffset(rows, in: file) == text.byteCount else {
            throw IndexFormat.unsound(file.path, "the offsets of the texts do not fit their bytes")
        }
    }

    /// - Parameter position: 0...rows
    func textOffset(_ position: Int, in file: GGUFFile) -> Int {
        let bytes = file.bytes(of: textOffsets)
        return Int(Int64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position * 8, as: Int64.self)))
    }

    /// - Parameter dimensions: nil: any one.
    private static func tensor(
        _ name: String, _ type: TensorType, _ dimensions: [Int]?, _ file: GGUFFile
    ) throws(SwiftletError) -> TensorInfo {
        guard let tensor = file.tensor(named: name) else {
            throw IndexFormat.unsound(file.path, "the tensor '\(name)' is missing")
        }
        guard tensor.type == type, tensor.dimensions == dimensions ?? [tensor.columns] else {
            throw IndexFormat.unsound(
                file.path,
                "the tensor '\(name)' is \(tensor.type.name) \(tensor.dimensions), expected \(type.name) "
                    + (dimensions.map { "\($0)" } ?? "of one dimension"))
        }
        return tensor
    }
}
