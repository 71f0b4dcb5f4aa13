internal import GGUF
internal import Quantization

/// How much an error in each column of a model's matrices matters: the mean squares of what the columns are multiplied with
/// on some text. ``Quantizer/importance`` weighs errors by it.
///
/// Files are those of llama-imatrix, which both read each other's.
public struct ImportanceMatrix: Sendable {
    var values: ImportanceSums
    /// The file that it was read from; empty for one that was gathered.
    public let path: String

    init(_ values: ImportanceSums, path: String = "") {
        self.values = values
        self.path = path
    }

    /// Reads a file in llama.cpp's GGUF form, or its `.dat` form before that.
    ///
    /// - Throws: ``SwiftletError`` with the code `file` for any other file, for one that is cut short or has sums that are
    ///   negative or NaN, and for a matrix that no token went into.
    public init(path: String) throws(SwiftletError) {
        do throws(ImportanceError) {
            values = try ImportanceSums(path: path)
        } catch {
            throw SwiftletError(.file, "\(error)", path: path)
        }
        self.path = path
    }

    /// An empty one, for chunks of `chunkSize` tokens.
    public init(chunkSize: Int) { self.init(ImportanceSums(chunkSize: chunkSize)) }

    /// The names of the texts that it was gathered from.
    public var datasets: [String] { values.datasets }
    /// Chunks of the texts.
    public var chunkCount: Int { values.chunkCount }
    /// Tokens of a chunk.
    public var chunkSize: Int { values.chunkSize }
    /// The weights that it has something on, sorted by name.
    public var names: [String] { values.entries.keys.sorted() }

    /// The mean squares of a weight's columns, `[matrices, columns]`: a matrix for each expert where it has several; nil where
    /// there are none. Of an expert that no token went to, 1.
    public func meanSquares(of name: String) -> [Float]? { values.entries[name]?.means }

    /// The rows that went into the means of each of a weight's matrices.
    public func counts(of name: String) -> [Float]? { values.entries[name]?.counts }

    /// Adds a text's name to ``datasets``.
    public mutating func addDataset(_ name: String) { values.datasets.append(name) }

    /// Adds what was gathered from other texts with the same model.
    ///
    /// - Throws: ``SwiftletError`` with the code `invalidArgument` when a weight has another shape there.
    public mutating func merge(_ other: ImportanceMatrix) throws(SwiftletError) {
        do throws(ImportanceError) {
            try values.merge(other.values, path: other.path)
        } catch {
            throw SwiftletError(.invalidArgument, "\(error)", path: other.path)
        }
    }

    /// Writes a file in llama.cpp's GGUF form, which appears when it is complete.
    ///
    /// - Throws: ``SwiftletError`` with the code `file`.
    public func write(to path: String) throws(SwiftletError) {
        do throws(GGUFError) { try values.write(to: path) } catch { throw SwiftletError(error) }
    }
}
