internal import GGUF

/// Writes a ``VectorIndex``: texts and their vectors, row after row, in constant memory.
///
/// Rows are kept in nameless files beside `path` until ``finish()``; the index appears there when it is complete, and
/// what was at `path` stays until then. An index that is open there can be searched on; a model that is open there is not
/// replaced.
public struct IndexWriter: ~Copyable {
    /// The stored form of a vector.
    public enum Precision: String, Sendable, CaseIterable {
        /// float32, and int8 to find it fast: 5.1 bytes a dimension.
        case float32
        /// Blocks of 32 int8 with a float16 scale: 1.1 bytes a dimension. Scores are then those of the rounded vectors.
        case int8
    }

    /// Rows written so far.
    public private(set) var count = 0
    private let path: String
    private let model: IndexModel
    private let precision: Precision
    private let row: IndexRow
    private var spools: Spools

    /// - Parameters:
    ///   - path: where the index will be.
    ///   - model: whose vectors will come.
    ///   - precision: what is kept of a vector.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument`, `file` or `outOfMemory`.
    public init(path: String, model: IndexModel, precision: Precision = .float32) throws(SwiftletError) {
        guard !path.isEmpty else { throw SwiftletError(.invalidArgument, "the path of the index is empty") }
        guard IndexModel.dimensionRange.contains(model.dimensions) else {
            throw SwiftletError(
                .invalidArgument, "vectors of \(model.dimensions) dimensions are not possible: use 1 to 65536")
        }
        let row = try IndexRow(dimensions: model.dimensions)
        do throws(GGUFError) {
            try InputFiles.check(output: path)
            spools = try Spools(path)
        } catch {
            throw SwiftletError(error)
        }
        self.row = row
        self.path = path
        self.model = model
        self.precision = precision
    }

    /// Adds a row.
    ///
    /// - Parameters:
    ///   - line: what is shown when the row is found; it may hold newlines, too.
    ///   - vector: `[dimensions]`; it is scaled to length 1. One of length 0 has the score 0 with every query.
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` for a vector of another size, or that is not finite;
    ///   `file` when the disk is full.
    public mutating func append(_ line: String, vector: Span<Float>) throws(SwiftletError) {
        guard vector.count == model.dimensions else {
            throw SwiftletError(
                .invalidArgument,
                "the vector of row \(count) has \(vector.count) dimensions, the index has \(model.dimensions)")
        }
        let row = row
        if let index = row.set(vector) {
            throw SwiftletError(
                .invalidArgument, "the vector of row \(count) holds \(vector[index]) at index \(index)")
        }
        do throws(GGUFError) {
            try spools.codes.write(row.codes)
            if precision == .float32 {
                try spools.vectors.write(row.vector)
                try spools.errors.write(unsafe [row.error].span.bytes)
            }
            try spools.offsets.write(unsafe [Int64(spools.text.byteCount).littleEndian].span.bytes)
            try spools.text.write(unsafe ([UInt8](line.utf8) + [Self.newline]).span.bytes)
        } catch {
            throw SwiftletError(error)
        }
        count += 1
    }

    /// Puts the index in its place, once all is on the disk.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`.
    public consuming func finish() throws(SwiftletError) {
        do throws(GGUFError) { try write() } catch { throw SwiftletError(error) }
    }

    private static var newline: UInt8 { 0x0A }

    private mutating func write() throws(GGUFError) {
        var contents = IndexFormat.contents(model, rows: count)
        guard count > 0 else { return try GGUFWriter(path: path, contents: contents).finish() }
        let textBytes = spools.text.byteCount
        try spools.offsets.write(unsafe [Int64(textBytes).littleEndian].span.bytes)
        let columns = IndexFormat.paddedColumns(model.dimensions)
        contents.addTensor(IndexFormat.codes, type: .Q8_0, dimensions: [columns, count])
        if precision == .float32 {
            contents.addTensor(IndexFormat.codeErrors, type: .F32, dimensions: [count])
            contents.addTensor(IndexFormat.vectors, type: .F32, dimensions: [model.dimensions, count])
        }
        contents.addTensor(IndexFormat.textOffsets, type: .I64, dimensions: [count + 1])
        contents.addTensor(IndexFormat.text, type: .I8, dimensions: [textBytes])
        var writer = try GGUFWriter(path: path, contents: contents)
        try spools.codes.move(to: IndexFormat.codes, of: &writer)
        if precision == .float32 {
            try spools.errors.move(to: IndexFormat.codeErrors, of: &writer)
            try spools.vectors.move(to: IndexFormat.vectors, of: &writer)
        }
        try spools.offsets.move(to: IndexFormat.textOffsets, of: &writer)
        try spools.text.move(to: IndexFormat.text, of: &writer)
        try writer.finish()
    }

    /// The bytes of each tensor, as they come.
    private struct Spools: ~Copyable {
        var codes: SpoolFile
        var vectors: SpoolFile
        var errors: SpoolFile
        var text: SpoolFile
        var offsets: SpoolFile

        init(_ path: String) throws(GGUFError) {
            let codes = try SpoolFile(beside: path)
            let vectors = try SpoolFile(beside: path)
            let errors = try SpoolFile(beside: path)
            let text = try SpoolFile(beside: path)
            offsets = try SpoolFile(beside: path)
            self.codes = codes
            self.vectors = vectors
            self.errors = errors
            self.text = text
        }
    }
}
